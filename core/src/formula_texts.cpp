// The words of formulas and their sources in Chinese.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "vram/messages.h"

namespace vram {

namespace {

struct Translation {
  std::string_view en;
  std::string_view zh;
};

constexpr auto kTexts = std::to_array<Translation>({
    {"{} × {} bit on the device ({})", "{} × {} 位，在 GPU 上（{}）"},
    {"{} × {} bit ({}) + {} × {} B kept", "{} × {} 位（{}）+ {} × {} B 不量化"},
    {"{} × {} B ({})", "{} × {} B（{}）"},
    {"{} × {} B ({}, frozen)", "{} × {} B（{}，冻结）"},
    {"{} × {} B ({} virtual tokens)", "{} × {} B（{} 个虚拟词元）"},
    {"{} × {} B (rank {})", "{} × {} B（秩 {}）"},
    {"{} × {} B (fp32 copy)", "{} × {} B（fp32 副本）"},
    {"{} tokens × {} × {} B", "{} 个词元 × {} × {} B"},
    {"{} tokens × {} B kept + {} passing", "{} 个词元 × 保存 {} B + 临时 {}"},
    {"{} layer inputs + one recomputed layer {} + its gradients {}", "{} 层的输入 + 重算一层 {} + 其梯度 {}"},
    {"{} % of {} that a step allocates", "{} %，占一步所分配的 {}"},
    {" + frozen models {}", " + 冻结的模型 {}"},
    {" + weights of the roll-out engine", " + 采样引擎的权重"},
    {"cache of {} replies {}", "{} 条回复的缓存 {}"},
    {"context and libraries {} + matmul workspace {}", "上下文与库 {} + 矩阵乘工作区 {}"},
    {"count of every weight matrix of the model", "模型全部权重矩阵的计数"},
    {"engine buffers {}", "引擎缓冲区 {}"},
    {"engine profile", "引擎配置"},
    {"format arithmetic: block scales and zero points included", "按格式计算，含分块缩放与零点"},
    {"gathered layers and communicators {}", "聚合的层与通信器 {}"},
    {"inference engine's share of the card, or the cache of generate()", "推理引擎占用的份额，或 generate() 的缓存"},
    {"keys and values of every layer that caches", "每个带缓存的层的键与值"},
    {"largest set of tensors alive at once", "同时存在的最大张量集合"},
    {"logits, their fp32 copy and gradient; arXiv 2411.09009", "logits、其 fp32 副本与梯度；arXiv 2411.09009"},
    {"mixed-precision optimizers keep an fp32 copy of 16-bit weights", "混合精度优化器保留 fp32 副本（权重为 16 位）"},
    {"one gradient for every trained weight that exists at the peak", "峰值时每个受训练权重各有一个梯度"},
    {"one layer of a forward pass over {} tokens", "{} 个词元前向计算的一层"},
    {"pool of the roll-out engine {}; ", "采样引擎的 KV 池 {}；"},
    {"rank × (inputs + outputs) of every adapted matrix", "每个适配矩阵的 秩 ×（输入 + 输出）"},
    {"reserved over allocated memory in 43 B200 runs", "43 次 B200 运行中保留与分配显存之比"},
    {"state tensors of the optimizer", "优化器的状态张量"},
    {"tensors autograd keeps, operation by operation", "自动求导逐个算子保存的张量"},
    {"the type that llama.cpp gives each tensor; token embedding with the host", "llama.cpp 为各张量选定的类型；词嵌入留在主机"},
    {"two gathered units (ZeRO-3) and about 400 MiB of NCCL buffers", "两个聚合单元（ZeRO-3）与约 400 MiB 的 NCCL 缓冲区"},
    {"typical CUDA context; cuBLAS workspace of PyTorch", "典型的 CUDA 上下文；PyTorch 的 cuBLAS 工作区"},
});

}  // namespace

std::string_view formula_text_zh(std::string_view english) {
  const auto* row = std::find_if(kTexts.begin(), kTexts.end(), [&](const Translation& text) { return text.en == english; });
  return row == kTexts.end() ? english : row->zh;
}

}  // namespace vram
