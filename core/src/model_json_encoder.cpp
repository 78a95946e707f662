// Configs of encoders and encoder-decoders.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>

#include "layer_plan.h"
#include "model_json_edge.h"
#include "model_parts.h"

namespace vram {

namespace {

/// Whether one of the config's architectures ends so ("BertForMaskedLM").
bool built_as(const JsonFields& f, std::string_view ending) {
  for (const std::string& name : f.texts("architectures", 16)) {
    if (name.size() >= ending.size() && std::string_view(name).substr(name.size() - ending.size()) == ending) return true;
  }
  return false;
}

void all_biased(ModelConfig& model) {
  model.norm = NormKind::layer;
  model.mlp_bias = true;
  model.q_bias = model.k_bias = model.v_bias = model.o_bias = 1;
}

MlpKind plain_mlp(const JsonFields& f, std::string_view field) { return f.has(field) && f.text(field) == "relu" ? MlpKind::relu : MlpKind::gelu; }

void square_heads(const JsonFields& f, ModelConfig& model, std::int64_t heads) {
  model.attention.heads = model.attention.kv_heads = heads;
  model.attention.head_dim = model.attention.value_head_dim = heads > 0 ? model.hidden_size / heads : 0;
  check_heads(f, model);
}

}  // namespace

void read_bert_config(const JsonFields& f, std::string_view model_type, ModelConfig& model) {
  require_sizes(f, {"hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"}, false);
  model.architecture = Architecture::bert;
  all_biased(model);
  model.hidden_size = f.width("hidden_size");
  model.layers = uniform_layers(f.integer("num_hidden_layers", 0, 0, kMaxLayers));
  model.intermediate_size = f.width("intermediate_size");
  model.vocab_size = f.size("vocab_size");
  model.max_position_embeddings = f.size("max_position_embeddings");
  const bool distil = model_type == "distilbert";
  const bool electra = model_type == "electra";
  if (electra) model.embedding_size = f.width("embedding_size", model.hidden_size);
  if (model.embedding_size == model.hidden_size) model.embedding_size = 0;
  model.type_vocab_size = distil ? 0 : f.size("type_vocab_size");
  model.mlp = plain_mlp(f, distil ? "activation" : "hidden_act");
  model.position = PositionKind::learned;
  model.tie_word_embeddings = true;
  const bool pretrains = built_as(f, "ForPreTraining");
  const bool masked = built_as(f, "ForMaskedLM");
  model.has_lm_head = masked || (pretrains && !electra);
  // Every classifier has a dense layer over the first token, DistilBERT only there; RoBERTa's drops some of that token first.
  const bool classifies = built_as(f, "ForSequenceClassification");
  const bool tags = built_as(f, "ForTokenClassification");
  const bool answers = built_as(f, "ForQuestionAnswering");
  model.pooler = distil || electra ? classifies : !masked && !tags && !answers;
  model.pooler_drops_input = classifies && (model_type == "roberta" || model_type == "xlm-roberta" || electra);
  if (classifies) model.num_classes = class_count(f);
  if (pretrains && !electra) model.num_classes = 2;  // does one sentence follow the other?
  if (tags) model.token_classes = class_count(f);
  if (answers) model.token_classes = 2;  // where the answer begins and ends
  if (pretrains && electra) {
    model.token_classes = 1;  // was the token replaced?
    model.token_transform = true;
  }
  square_heads(f, model, f.width("num_attention_heads"));
}

void read_t5_config(const JsonFields& f, ModelConfig& model) {
  require_sizes(f, {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size"}, false);
  model.architecture = Architecture::t5;
  model.norm = NormKind::rms;
  model.position = PositionKind::relative;
  model.hidden_size = f.width("hidden_size");
  model.intermediate_size = f.width("intermediate_size");
  model.vocab_size = f.size("vocab_size");
  model.max_position_embeddings = f.size("max_position_embeddings", 512);
  model.attention.heads = model.attention.kv_heads = f.width("num_attention_heads");
  model.attention.head_dim = model.attention.value_head_dim = f.width("head_dim", 64);
  model.encoder_layers = f.integer("num_hidden_layers", 0, 0, kMaxLayers);
  model.decoder_layers = f.given("decoder_layers") ? f.integer("decoder_layers", 0, 0, kMaxLayers) : model.encoder_layers;
  model.relative_attention_num_buckets = f.size("relative_attention_num_buckets", 32);
  const std::string ffn = f.has("feed_forward_proj") ? f.text("feed_forward_proj") : "relu";
  model.mlp = ffn.substr(0, 5) == "gated" ? MlpKind::gated : ffn == "relu" ? MlpKind::relu : MlpKind::gelu;
  if (ffn == "gated-gelu") model.computation = computation_of("flan-t5");  // the library reads it as gelu_new
  model.tie_word_embeddings = f.flag("tie_word_embeddings", true);
  model.moe.num_experts = f.size("num_experts", 0);
  if (model.moe.num_experts == 0) return;
  model.moe.num_experts_per_tok = 1;
  model.moe.moe_intermediate_size = model.intermediate_size;
  model.moe.expert_mlp = model.mlp;
  model.encoder_moe_layers = std::min(f.size("num_sparse_encoder_layers", model.encoder_layers / 2), model.encoder_layers);
  model.decoder_moe_layers = std::min(f.size("num_sparse_decoder_layers", model.decoder_layers / 2), model.decoder_layers);
}

void read_bart_config(const JsonFields& f, ModelConfig& model) {
  require_sizes(f, {"hidden_size", "encoder_layers", "decoder_layers", "vocab_size"}, false);
  model.architecture = Architecture::bart;
  all_biased(model);
  model.hidden_size = f.width("hidden_size");
  model.intermediate_size = f.width("intermediate_size");
  model.vocab_size = f.size("vocab_size");
  model.max_position_embeddings = f.size("max_position_embeddings");
  model.position_offset = 2;
  model.position = PositionKind::learned;
  model.mlp = plain_mlp(f, "activation_function");
  model.encoder_layers = f.integer("encoder_layers", 0, 0, kMaxLayers);
  model.decoder_layers = f.integer("decoder_layers", 0, 0, kMaxLayers);
  model.tie_word_embeddings = f.flag("tie_word_embeddings", true);
  model.final_norm = model.model_type == "mbart";  // BART normalises after each block
  square_heads(f, model, f.width("encoder_attention_heads", f.width("num_attention_heads")));
}

void read_whisper_config(const JsonFields& f, ModelConfig& model) {
  require_sizes(f, {"hidden_size", "encoder_layers", "decoder_layers", "vocab_size"}, false);
  model.architecture = Architecture::whisper;
  all_biased(model);
  model.k_bias = 0;
  model.hidden_size = f.width("hidden_size");
  model.intermediate_size = f.width("intermediate_size");
  model.vocab_size = f.size("vocab_size");
  model.max_position_embeddings = f.size("max_target_positions", 448);
  model.max_source_positions = f.size("max_source_positions", 1500);
  model.num_mel_bins = f.size("num_mel_bins", 80);
  model.position = PositionKind::learned;
  model.mlp = plain_mlp(f, "activation_function");
  model.encoder_layers = f.integer("encoder_layers", 0, 0, kMaxLayers);
  model.decoder_layers = f.integer("decoder_layers", 0, 0, kMaxLayers);
  model.tie_word_embeddings = true;
  square_heads(f, model, f.width("encoder_attention_heads", f.width("num_attention_heads")));
}

}  // namespace vram
