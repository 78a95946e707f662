// Model sizes as Megatron-LM and SimuMax state them, as Hugging Face configs.
// SPDX-License-Identifier: MIT

export function simumaxModel(row) {
  const c = row.model_config;
  const common = { hidden_size: c.hidden, num_hidden_layers: c.layers, vocab_size: c.vocab, max_position_embeddings: row.seq_len, tie_word_embeddings: false };
  if (c.experts === undefined) {
    return { config: { model_type: 'llama', ...common, num_attention_heads: c.heads, num_key_value_heads: c.kv_heads, intermediate_size: c.ffn } };
  }
  return {
    config: {
      model_type: 'deepseek_v2', // V3 differs by one correction bias per router
      ...common,
      num_attention_heads: 128, // DeepSeek-V2 and V3 alike
      num_key_value_heads: 128,
      intermediate_size: c.dense_ffn,
      moe_intermediate_size: c.moe_ffn,
      n_routed_experts: c.experts,
      n_shared_experts: c.shared_ffn / c.moe_ffn,
      num_experts_per_tok: c.topk,
      first_k_dense_replace: c.dense_layers ?? 1, // the source's DeepSeek-V2 config has one dense layer
      q_lora_rank: c.q_lora_rank,
      kv_lora_rank: c.kv_lora_rank,
      qk_nope_head_dim: 128,
      qk_rope_head_dim: 64,
      v_head_dim: 128,
    },
  };
}

export function megatronModel(row, map) {
  const c = row.model_config;
  if (row.model.startsWith('T5')) {
    // Megatron's T5 has learned positions and plain norms, so it is sized like mBART; 100 extra ids beside the cased BERT vocabulary.
    const ways = row.parallelism.tp * 128;
    return {
      config: {
        model_type: 'mbart',
        hidden_size: c['hidden-size'],
        encoder_layers: c['encoder-num-layers'],
        decoder_layers: c['decoder-num-layers'],
        encoder_attention_heads: c['num-attention-heads'],
        intermediate_size: c['ffn-hidden-size'],
        vocab_size: Math.ceil(29096 / ways) * ways,
        max_position_embeddings: c['max-position-embeddings'],
      },
    };
  } else if (row.model.startsWith('BERT')) {
    const ways = row.parallelism.tp * 128; // Megatron pads the vocabulary of 30 522 to a multiple of 128 × tp
    return {
      config: {
        model_type: 'bert',
        hidden_size: c['hidden-size'],
        num_hidden_layers: c['num-layers'],
        num_attention_heads: c['num-attention-heads'],
        intermediate_size: 4 * c['hidden-size'],
        vocab_size: Math.ceil(30522 / ways) * ways,
        max_position_embeddings: c['max-position-embeddings'],
        architectures: ['BertForPreTraining'],
      },
    };
  } else {
    map.fail('Megatron test model: sizes partly outside what a config states, or data-parallel degree unknown');
  }
  return undefined;
}
