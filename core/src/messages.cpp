// The table of issues' texts. One row per code, sorted; a sentence says what was found and what is allowed or better.
// SPDX-License-Identifier: MIT
#include "vram/messages.h"

#include <algorithm>
#include <array>
#include <utility>

#include "message_table.h"

namespace vram {

namespace {

constexpr auto kMessages = std::to_array<Message>({
    {"accumulate_instead", "{value} sequences of that length at once: a smaller micro-batch with gradient accumulation gives the same step with less memory.",
     "一次处理 {value} 条如此长的序列：改用更小的微批次加梯度累积，效果相同而显存更少。"},
    {"adamw_for_transformers", "Transformers train poorly with {value}; AdamW is usual.", "Transformer 用 {value} 训练效果较差，通常使用 AdamW。"},
    {"adapter_target_missing", "The model has none of the matrices that {field} names; there is nothing to adapt.", "模型中没有 {field} 指定的任何矩阵，无法添加适配器。"},
    {"adapters_in_fp32", "Adapters beside 16-bit weights are kept in fp32, as PEFT does unless told otherwise: {value} more with gradients and states.",
     "基座为 16 位而适配器以 fp32 保存（PEFT 默认行为），连同梯度与优化器状态多占 {value}。"},
    {"alpha_out_of_proportion", "alpha {value} is outside one to four times the rank ({allowed}).", "alpha 为 {value}，不在秩的 1 至 4 倍（{allowed}）之内。"},
    {"ambiguous_gpu", "Several accelerators match {value}.", "有多块 GPU 与 {value} 匹配，请写得更具体。"},
    {"argument_without_effect", "{field} changes nothing in a run of this task.", "{field} 对这种任务没有影响。"},
    {"attention_falls_back", "{allowed} has no flash kernel for this run; if the framework falls back to eager attention, the scores of one layer take {value}.",
     "{allowed} 无法对该运行使用 flash 内核；若框架退回普通注意力，单层得分就占 {value}。"},
    {"bad_json", "The header is not the JSON it should be.", "文件头不是有效的 JSON。"},
    {"bad_offset", "A tensor lies where the file has no room for it.", "有张量的位置超出文件范围。"},
    {"balance_loss_small", "A load-balance weight of {value} may let experts starve; 0.01 and more is usual.", "负载均衡损失权重 {value} 可能使部分专家得不到训练，通常取 0.01 以上。"},
    {"batch_norm_small_batch", "Batch norm estimates its statistics from {value} images; below 32 they are noisy. Freeze it, or use a larger batch.",
     "批归一化只用 {value} 张图像估计统计量，少于 32 张时噪声较大；可冻结批归一化或增大批次。"},
    {"batch_very_large", "One step sees {value} sequences; above {allowed} the gain per sequence falls.", "每步包含 {value} 条序列，超过 {allowed} 后每条序列的收益下降。"},
    {"batch_very_small", "A step sees {value} sequence; so few make noisy gradients. Accumulate over more micro-batches.", "每步只有 {value} 条序列，梯度噪声很大；请增加梯度累积步数。"},
    {"bf16_instead_of_fp32", "Weights and products in fp32 take twice the memory of bf16, which this card has.", "权重与运算使用 fp32，显存是 bf16 的两倍，而该卡支持 bf16。"},
    {"bf16_unsupported", "{allowed} has no bf16; choose fp16 or fp32.", "{allowed} 不支持 bf16，请改用 fp16 或 fp32。"},
    {"bucket_larger_than_shard", "DeepSpeed's reduce bucket takes {value}, more than this device's share of the gradients; a smaller reduce_bucket_size frees it.",
     "DeepSpeed 的规约缓冲区占 {value}，比本卡分到的梯度还大；减小 reduce_bucket_size 即可释放。"},
    {"cannot_be_split", "One {value} is too small, and the model cannot be split over several.", "单块 {value} 显存不足，且模型无法拆分到多块。"},
    {"cheaper_card_has_room", "{value} stays more than half empty; {allowed} costs less and has room for the run.", "{value} 有一半以上的显存闲置；{allowed} 更便宜，也放得下。"},
    {"config_defaults_used", "The config leaves sizes out; the library's defaults stand in.", "config 未给出全部字段，缺少的部分采用 Transformers 的默认值。"},
    {"ddp_copies_gradients", "DDP keeps a second copy of every gradient in its buckets, {value}; gradient_as_bucket_view or sharded gradients avoid it.",
     "DDP 的通信桶保存了一份梯度副本，占 {value}；启用 gradient_as_bucket_view 或对梯度分片可以避免。"},
    {"duplicate_name", "Two tensors are called {value}.", "有两个张量同名：{value}。"},
    {"expert_capacity_outside_usual", "An expert capacity factor of {value} is outside the usual 1 to 1.5: below, tokens are dropped; above, buffers stay empty.",
     "专家容量系数 {value} 超出常用的 1 至 1.5：过小会丢弃词元，过大则缓冲区空置。"},
    {"expert_parallel_does_not_divide_experts", "Expert parallelism of {value} does not divide the {allowed} experts of the model.", "专家并行度 {value} 不能整除模型的 {allowed} 个专家。"},
    {"expert_tensor_parallel_does_not_fit", "Expert matrices split {value} ways do not fit the ranks that hold experts ({allowed}).", "专家矩阵的 {value} 路切分与承载专家的进程数（{allowed}）不匹配。"},
    {"file_cut_short", "The header ends early; only part of the tensors was read.", "文件头不完整，只读到一部分张量。"},
    {"flash_attention_instead", "Eager attention keeps every score; flash attention keeps none and gives the same result.", "普通注意力会保存全部得分；flash attention 不保存，结果相同。"},
    {"fp16_on_bf16_model", "The model was trained in bf16; in fp16 its activations may overflow even with loss scaling.", "该模型以 bf16 训练；用 fp16 时即使有损失缩放，激活值也可能溢出。"},
    {"fp8_unsupported", "{allowed} has no fp8.", "{allowed} 不支持 fp8。"},
    {"freeze_vision_tower", "The vision tower trains too; frozen it costs no gradients, no states and keeps most of its quality.", "视觉塔也在训练；冻结后不再需要梯度与优化器状态，质量基本不变。"},
    {"frozen_layers_exceed_layers", "{value} layers are to be frozen; the model has {allowed}.", "要冻结 {value} 层，而模型只有 {allowed} 层。"},
    {"fused_loss_instead", "The logits take {value} of the peak; a fused or chunked loss keeps only a part of them at once.", "logits 占峰值的 {value}；融合或分块损失每次只保留其中一部分。"},
    {"heads_do_not_divide", "{field} is {value}, which does not divide; give head_dim or other sizes.", "{field} 为 {value}，无法整除；请给出 head_dim 或其他尺寸。"},
    {"image_not_divisible_by_patch", "An image of {value} pixels is no whole number of patches of {allowed}.", "图像边长 {value} 像素不是图块边长 {allowed} 的整数倍。"},
    {"image_size_outside_best", "{field} is {value}; images of {allowed} pixels per side are usual for such models.", "{field} 为 {value}；这类模型通常使用边长 {allowed} 像素的图像。"},
    {"invalid_json", "The request is not valid JSON.", "内容不是有效的 JSON。"},
    {"kbit_upcast_undone", "{allowed} does not prepare a model with PEFT, or casts it to 16 bit afterwards; the upcast changes nothing.", "{allowed} 不经 PEFT 准备模型，或随后又转为 16 位，该设置不起作用。"},
    {"kbit_upcast_widens", "prepare_model_for_kbit_training makes fp32 of embeddings, head and norms: {value} more, and activations twice as wide.",
     "prepare_model_for_kbit_training 会把嵌入、输出头与归一化转为 fp32：多占 {value}，激活值也加宽一倍。"},
    {"kto_needs_batch", "KTO mixes the completions of a micro-batch to estimate the divergence; with {value} the estimate equals the reward.", "KTO 通过打乱微批次内的回答来估计散度；微批次为 {value} 时，该估计等同于奖励本身。"},
    {"kv_heads_replicated", "The model has {allowed} KV heads; with tensor parallelism of {value} the ranks keep copies of them.", "模型只有 {allowed} 个 KV 头；张量并行度为 {value} 时，各卡会保存它们的副本。"},
    {"layer_list_length", "{field} does not have one entry per layer.", "{field} 的长度与层数不一致。"},
    {"learning_rate_high_for_cnn", "A learning rate of {value} is high for a convolutional network; {allowed} is usual.", "学习率 {value} 对卷积网络偏高，常用 {allowed}。"},
    {"learning_rate_high_for_full", "A learning rate of {value} is high for full fine-tuning; {allowed} is usual.", "学习率 {value} 对全参数微调偏高，常用 {allowed}。"},
    {"learning_rate_high_for_lora", "A learning rate of {value} is high for adapters; {allowed} is usual.", "学习率 {value} 对适配器偏高，常用 {allowed}。"},
    {"learning_rate_low_for_full", "A learning rate of {value} is low for full fine-tuning; {allowed} is usual.", "学习率 {value} 对全参数微调偏低，常用 {allowed}。"},
    {"learning_rate_low_for_lora", "A learning rate of {value} is low for adapters; {allowed} is usual.", "学习率 {value} 对适配器偏低，常用 {allowed}。"},
    {"limit_exceeded", "The header goes beyond what this program reads.", "文件头超出本程序的读取上限。"},
    {"log_cut", "Only the first {value} lines were read.", "只读取了前 {value} 行。"},
    {"log_not_recognised", "No line about memory was recognised.", "没有识别出与显存有关的行；请粘贴 vLLM 或 llama.cpp 的启动日志、CUDA 显存不足的报错，或 nvidia-smi 的一行。"},
    {"log_too_large", "The log has {value} bytes; the most is 4 MiB.", "日志有 {value} 字节，最多 4 MiB；请只粘贴与显存有关的行。"},
    {"log_value_unreadable", "Line {value} speaks of {field}, but no number follows.", "第 {value} 行提到 {field}，但后面没有数字。"},
    {"logits_in_fp32", "The loss widens the logits to fp32: {value} for that copy alone.",
     "损失会把 logits 转为 fp32，仅这份副本就占 {value}。"},
    {"mamba_kernels_unread", "The model has no layer with Mamba's selective scan; {field} changes nothing.", "该模型没有 Mamba 选择性扫描层，{field} 不起作用。"},
    {"memory_nearly_full", "The run takes {value} of what the card offers; above 90 % a longer sample or a newer driver can end it.", "该运行占可用显存的 {value}；超过 90 % 时，更长的样本或驱动更新都可能导致显存不足。"},
    {"micro_batch_outside_best", "{value} samples at once are outside the usual {allowed}; gradient accumulation makes the same step out of smaller ones.", "微批次 {value} 超出常用范围 {allowed}；可用梯度累积以更小的微批次得到相同的步长。"},
    {"missing_field", "{field} is required.", "缺少 {field}。"},
    {"model_too_large", "The model is too large to be computed exactly.", "模型尺寸过大，超出可精确计算的范围。"},
    {"no_documented_formula", "No documented formula covers this run; the engine does.", "没有公开公式适用于这种运行；请使用引擎的结果。"},
    {"no_vision_config", "The config does not describe the vision tower; only the language model is counted.", "config 中没有视觉塔的描述，只计算语言模型部分。"},
    {"not_a_tensor_file", "The file is neither GGUF nor safetensors.", "文件既不是 GGUF，也不是 safetensors。"},
    {"not_computed", "{field} {value} is not computed by this release.", "本版本尚不能计算 {field} 为 {value} 的情形。"},
    {"not_released", "{value} is not on sale as its maker ships it.", "{value} 尚未发售或为改装版本。"},
    {"out_of_range", "{field} is {value}; it must be between {allowed}.", "{field} 为 {value}，必须介于 {allowed} 之间。"},
    {"outside_usual_range", "{field} is {value}; usual values are {allowed}.", "{field} 为 {value}，常用范围是 {allowed}。"},
    {"paged_8bit_optimizer_instead", "The optimizer's states take {value} of the peak; in 8 bit they take a quarter.", "优化器状态占峰值的 {value}；改用 8 位状态只需四分之一。"},
    {"parameter_count_published_only", "The parameter count is the published one, not computed from the structure.", "参数量取自公布的数值，未按结构逐项计算。"},
    {"pipeline_chunks_do_not_fit", "{value} model chunks per pipeline stage; with these stages and layers at most {allowed} are possible.", "每个流水线阶段 {value} 个模型分块；按现有阶段数和层数最多 {allowed} 个。"},
    {"pipeline_exceeds_layers", "There are {value} pipeline stages for {allowed} layers.", "流水线并行度 {value} 超过模型的 {allowed} 层。"},
    {"prefix_needs_cache", "Prefix tuning trains keys and values ahead of the text; no layer of this model keeps any.",
     "前缀微调训练的是文本之前的键和值，而该模型没有保存键值的层。"},
    {"prefix_with_checkpointing", "PEFT refuses prefix tuning with recomputed activations ({value}); set none.",
     "PEFT 不允许前缀微调与激活重算（{value}）同时使用，请设为 none。"},
    {"prompt_fills_sequence", "Prompts of {value} tokens leave no room for a reply in sequences of {allowed}.", "提示长度为 {value} 个词元，在长度 {allowed} 的序列中没有留给回答的空间。"},
    {"qlora_without_quantised_base", "QLoRA needs a quantised base; {value} is none.", "QLoRA 需要量化的基座权重，{value} 不是量化格式。"},
    {"rank_above_sixteenth", "Rank {value} is above a sixteenth of the model's width ({allowed}); an adapter that wide saves little.", "秩 {value} 超过模型宽度的十六分之一（{allowed}），如此宽的适配器节省有限。"},
    {"rank_below_best", "Rank {value} is small; {allowed} is usual.", "秩 {value} 偏小，常用 {allowed}。"},
    {"rank_rarely_helps", "Rank {value}: above 64 the quality rarely grows.", "秩为 {value}：超过 64 后质量很少再提高。"},
    {"reads_no_images", "This model takes no images; {field} changes nothing.", "该模型不接收图像，{field} 不起作用。"},
    {"rollout_share_too_small", "{value} of the card leaves the roll-out engine no room for the cache of a single reply beside its weights.", "推理引擎只占显卡的 {value}，放下权重后连一条回答的缓存也容不下。"},
    {"rollout_split_exceeds_data_parallel", "A roll-out engine split {value} ways divides neither the {allowed} devices nor the attention heads.", "推理引擎的张量并行度 {value} 不能整除 {allowed} 张卡或注意力头数。"},
    {"sequence_beyond_model", "{field} is {value}; the model was made for up to {allowed} tokens.", "{field} 为 {value}，而模型最多支持 {allowed} 个词元。"},
    {"sequence_outside_best", "{field} is {value}; most fine-tuning runs use {allowed} tokens.", "{field} 为 {value}；微调通常使用 {allowed} 个词元。"},
    {"sgd_for_cnn", "SGD with momentum is usual for convolutional networks and keeps half the states of {value}.", "卷积网络通常使用带动量的 SGD，其状态只有 {value} 的一半。"},
    {"size_and_dimensions_disagree", "The size and the dimensions disagree: {value} against {allowed} parameters.", "模型大小与各维度不一致：{value} 与 {allowed} 个参数。"},
    {"stage_needs_language_model", "{value} compares sequences that a language model scores; this model has no language head.", "{value} 比较的是语言模型为序列给出的得分，而该模型没有语言模型头。"},
    {"steps_in_backward_unsupported", "{value} keeps gradients in buffers of its own, which a step inside backward cannot free.",
     "{value} 把梯度放在自己的缓冲区中，反向过程中更新无法释放它们。"},
    {"steps_in_backward_with_accumulation", "A step inside backward frees each gradient at once, so {value} micro-batches cannot be accumulated.",
     "反向过程中立即更新会释放每个梯度，无法累积 {value} 个微批次。"},
    {"taken_as_base", "The catalog has {allowed}, whose shape such checkpoints share; their weight format is that of the scenario.",
     "目录中有形状相同的 {allowed}，按它计算；权重格式以当前设置为准。"},
    {"tensor_parallel_across_nodes", "Tensor parallelism of {value} leaves the node, which holds {allowed} cards; every layer would wait for the network.", "张量并行度 {value} 超出单节点的 {allowed} 张卡，每一层都要等待网络。"},
    {"tensor_parallel_does_not_divide_heads", "Tensor parallelism of {value} does not divide the {allowed} attention heads.", "张量并行度 {value} 不能整除 {allowed} 个注意力头。"},
    {"tensor_parallel_without_link", "{allowed} has no fast link between cards; tensor parallelism over PCIe waits in every layer.", "{allowed} 之间没有高速互连，通过 PCIe 做张量并行时每一层都要等待。"},
    {"tensor_too_large", "A tensor is too large to be counted exactly.", "有张量过大，无法精确计数。"},
    {"too_deep", "The request is nested too deep.", "内容嵌套过深。"},
    {"too_large", "{field} is too large to be computed exactly.", "{field} 过大，无法精确计算。"},
    {"too_small", "{value} is too small even in the largest number asked about.", "{value} 即使用到所允许的最多数量也放不下。"},
    {"tower_counted_only", "A tower is counted by its parameters alone, without its activations and time.", "该塔只计参数量，未计其激活值与耗时。"},
    {"truncated_file", "The file ends inside its header.", "文件在文件头内就结束了，可能没有下载完整。"},
    {"unknown_catalog", "There is no catalog {value}.", "没有名为 {value} 的目录。"},
    {"unknown_field", "There is no field {field}.", "没有名为 {field} 的字段。"},
    {"unknown_gpu", "No accelerator is called {value}.", "目录中没有名为 {value} 的 GPU。"},
    {"unknown_model", "No model is called {value}.", "目录中没有名为 {value} 的模型。"},
    {"unknown_model_type", "The model type {value} is not known.", "不认识模型类型 {value}。"},
    {"unknown_name", "{field} has no choice {value}.", "{field} 没有名为 {value} 的选项。"},
    {"unknown_tensor_type", "The file has tensors of an unknown type, which are not counted.", "文件中有不认识的张量类型，未计入。"},
    {"unknown_tool", "There is no tool {value}.", "没有名为 {value} 的工具。"},
    {"unknown_version", "{value} is no version.", "没有 {value} 这一版本的数据。"},
    {"warmup_longer_than_run", "The run has {allowed} steps and the warm-up {value}: the learning rate never reaches its value.", "训练共 {allowed} 步，而预热为 {value} 步：学习率达不到设定值。"},
    {"weights_cannot_train", "Weights in {value} cannot be trained; use qlora for a quantised base, or 16-bit weights.", "{value} 格式的权重不能直接训练；请改用 QLoRA 或 16 位权重。"},
    {"world_size_mismatch", "hardware.gpus is {value}, but the parallel degrees multiply to {allowed}.", "GPU 数量为 {value}，而各并行度的乘积为 {allowed}。"},
    {"wrong_type", "{field} has the wrong type: {value}.", "{field} 的类型不对：{value}。"},
    {"zero_stage_in_inference", "ZeRO stage {value} belongs to training; {allowed} shards by tensor and pipeline parallelism.", "ZeRO {value} 只用于训练；{allowed} 用张量并行和流水线并行切分模型。"},
    {"zero_stage_with_pipeline", "DeepSpeed's pipeline works with ZeRO stage 0 or 1, not {value}.", "DeepSpeed 的流水线并行只支持 ZeRO 0 或 1，不支持 {value}。"},
});

static_assert(sorted_by_code(kMessages), "find_message searches by halves");

}  // namespace

std::span<const Message> messages() { return kMessages; }

const Message* find_message(std::string_view code, std::span<const Message> among) {
  const auto row = std::lower_bound(among.begin(), among.end(), code, [](const Message& m, std::string_view c) { return m.code < c; });
  return row != among.end() && row->code == code ? &*row : nullptr;
}

std::string message_text(std::string_view code, Language language, std::string_view field, std::string_view value, std::string_view allowed,
                         std::span<const Message> among) {
  const Message* message = find_message(code, among);
  if (message == nullptr) return {};
  const std::string_view text = language == Language::zh ? message->zh : message->en;
  const std::pair<std::string_view, std::string_view> places[] = {{"{field}", field}, {"{value}", value}, {"{allowed}", allowed}};
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    for (const auto& [place, filling] : places) {
      if (!text.substr(at).starts_with(place)) continue;
      out += text.substr(done, at - done);
      out += filling;
      done = at + place.size();
    }
  }
  out += text.substr(done);
  return out;
}

void localise(Issues& issues, Language language) {
  if (language == Language::en) return;
  for (Issue& issue : issues) {
    std::string text = message_text(issue.code, language, issue.field, issue.shown.empty() ? issue.value : issue.shown, issue.allowed);
    if (!text.empty()) issue.message = std::move(text);
  }
}

}  // namespace vram
