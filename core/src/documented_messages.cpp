// Why our number differs from the widely quoted formula's: one text for each reason of documented_json.cpp.
// SPDX-License-Identifier: MIT
#include <array>

#include "message_table.h"

namespace vram {

namespace {

constexpr auto kMessages = std::to_array<Message>({
    {"documented_accumulation", "The formula makes gradient accumulation multiply gradients and optimizer states: {value} there, {allowed} here. A step accumulates into the same gradients, so the engine counts them once.",
     "公式让梯度累积成倍增加梯度和优化器状态：公式 {value}，引擎 {allowed}。累积写入同一份梯度，引擎只计一次。"},
    {"documented_activations", "The activations differ most: {value} there, {allowed} here. The formula has one block shape and a fixed share for checkpointing; the engine adds up what each block of this model keeps.",
     "差别最大的是激活值：公式 {value}，引擎 {allowed}。公式只有一种层形状，重计算按固定比例折算；引擎逐块累加本模型实际保存的张量。"},
    {"documented_adapter_share", "The formula takes 2 × rank / 4096 of the model as trained: {value} there, {allowed} here. The engine attaches adapters to the matrices that are named.",
     "公式把参数量的 2 × 秩 / 4096 视为可训练：公式 {value}，引擎 {allowed}。引擎按所选矩阵逐一添加适配器。"},
    {"documented_cache_in_training", "The formula keeps a KV cache during training: {value} there, {allowed} here. Training writes no cache.", "公式在训练时也计入 KV 缓存：公式 {value}，引擎 {allowed}。训练并不写缓存。"},
    {"documented_experts", "The formula holds only the active experts: {value} there, {allowed} here. Every expert has to be in memory, because each token may choose another one.",
     "公式只保存被激活的专家：公式 {value}，引擎 {allowed}。每个词元都可能选择不同专家，因此全部专家都须驻留显存。"},
    {"documented_feature_maps", "The formula halves and widens the maps at each of 20 layers: {value} there, {allowed} here. The engine walks the network's real stages.",
     "公式假设 20 层逐层减半尺寸、加倍通道：公式 {value}，引擎 {allowed}。引擎按网络真实的各阶段计算。"},
    {"documented_fixed_shape", "The formula takes the activations of a fixed batch or model shape: {value} there, {allowed} here. The engine uses this run's batch, length and blocks.",
     "公式的激活值取自固定的批次或模型形状：公式 {value}，引擎 {allowed}。引擎使用本次运行的批次、长度和各层。"},
    {"documented_gradients", "The gradients differ most: {value} there, {allowed} here. The formula gives every trained parameter one at the compute precision; the engine follows the framework's dtype, sharding and freezing.",
     "差别最大的是梯度：公式 {value}，引擎 {allowed}。公式按计算精度为每个可训练参数计一份；引擎遵循框架的数据类型、切分和冻结方式。"},
    {"documented_group", "The formula back-propagates all completions of a group at once: {value} there, {allowed} here. The update runs in micro-batches.", "公式假设一组内全部回复同时反向传播：公式 {value}，引擎 {allowed}。实际更新按微批次进行。"},
    {"documented_hidden_states", "The formula keeps one hidden state per layer: {value} there, {allowed} here. The engine adds up every tensor a block keeps.", "公式每层只保存一个隐藏状态：公式 {value}，引擎 {allowed}。引擎累加每个块保存的所有张量。"},
    {"documented_kv_heads", "The KV cache differs most: {value} there, {allowed} here. The formula gives every query head keys and values of its own; the engine counts the heads, windows and states that this model keeps.",
     "差别最大的是 KV 缓存：公式 {value}，引擎 {allowed}。公式为每个查询头都存一份键和值；引擎按模型实际的 KV 头、窗口和状态计算。"},
    {"documented_policy_eighth", "The formula holds the policy at an eighth of its precision: {value} there, {allowed} here. The engine holds it in the dtype that is chosen.", "公式只按八分之一精度保存策略模型：公式 {value}，引擎 {allowed}。引擎按所选数据类型保存。"},
    {"documented_reserve", "What stands beside the model differs most: {value} there, {allowed} here. The formula sets a fixed reserve or none; the engine counts context, buffers and what the allocator keeps.",
     "差别最大的是模型以外的部分：公式 {value}，引擎 {allowed}。公式取固定预留或不计；引擎计入上下文、缓冲区和分配器保留的显存。"},
    {"documented_routing_only", "The formula counts routing tables but no activations of the blocks: {value} there, {allowed} here.", "公式只计路由表而不计各块的激活值：公式 {value}，引擎 {allowed}。"},
    {"documented_scores", "The formula keeps attention scores and six hidden states for every layer: {value} there, {allowed} here. Flash attention keeps no scores, and recomputation drops most of the rest.",
     "公式为每层保存注意力得分和六个隐藏状态：公式 {value}，引擎 {allowed}。flash attention 不保存得分，重计算又省去其余大部分。"},
    {"documented_states", "The optimizer's states differ most: {value} there, {allowed} here. The formula takes 4 or 8 bytes a parameter whatever trains; the engine follows the optimizer, the master copy and the sharding.",
     "差别最大的是优化器状态：公式 {value}，引擎 {allowed}。公式一律按每参数 4 或 8 字节计；引擎遵循优化器种类、主权重副本和切分方式。"},
    {"documented_towers", "The formula's towers do not add up to the model's size and train whether frozen or not: {value} there, {allowed} here.", "公式中各塔之和并不等于模型大小，且冻结与否都计为训练：公式 {value}，引擎 {allowed}。"},
    {"documented_weights", "The weights differ most: {value} there, {allowed} here. The formula multiplies the count by one width, 8 bit as a quarter and 4 bit as an eighth of it; the engine sizes each format with scales and what stays at 16 bit.",
     "差别最大的是权重：公式 {value}，引擎 {allowed}。公式按单一位宽相乘，8 位算四分之一、4 位算八分之一；引擎按各格式计入缩放系数和保留的 16 位部分。"},
});
static_assert(sorted_by_code(kMessages), "find_message searches by halves");

}  // namespace

std::span<const Message> documented_messages() { return kMessages; }

}  // namespace vram
