// Constants of speed.
// SPDX-License-Identifier: MIT
#include "speed_data.h"

#include <array>

namespace vram {

namespace {

// Two blocks of vLLM without graphs: its step on Qwen2-0.5B and 1.5B rises from 4.5 and 6.0 ms to 9.6 and 12.0 where the
// context outgrows what release 0.4.2 captures (8192 tokens), which is 0.39 ms a layer on the host.
constexpr double kUncaptured = 190e-6;

// Fitted by tests/accuracy/fit-speed.mjs on 70 % of the rows of tests/measured/speed.json that it can map; the other 30 %
// give the errors it prints. Engines without rows take the values of the nearest one in design, with a wider band.
constexpr std::array<EngineSpeed, 9> kEngines = {{
    {Engine::vllm, 0.60, 0.75, 55e-6, 0.45, 1.20, false, kUncaptured},
    {Engine::sglang, 0.65, 0.40, 38e-6, 0.40, 1.35, false, kUncaptured},
    {Engine::tgi, 0.55, 0.70, 55e-6, 0.55, 1.5, false, kUncaptured},
    {Engine::tensorrt_llm, 0.65, 0.80, 25e-6, 0.55, 1.5},
    {Engine::transformers, 0.25, 0.55, 440e-6, 0.40, 1.5, true, 0, 85e-6},
    {Engine::pytorch, 0.25, 0.55, 300e-6, 0.40, 1.6, true, 0, 85e-6},
    {Engine::llama_cpp, 0.68, 0.81, 24e-6, 0.78, 1.22},
    {Engine::ollama, 0.68, 0.81, 26e-6, 0.7, 1.25},
    {Engine::fastchat, 0.25, 0.55, 440e-6, 0.40, 1.6, true, 0, 85e-6},
}};

// llama.cpp reaches another share of each kind of memory: its rows on HBM stay near half, those on unified memory lower.
constexpr EngineSpeed kLlamaHbm = {Engine::llama_cpp, 0.68, 0.445, 30e-6, 0.75, 1.3};
constexpr EngineSpeed kLlamaUnified = {Engine::llama_cpp, 0.62, 0.42, 6e-6, 0.7, 1.8};

// Fitted by the same script on 70 % of the rows of tests/measured/training.json that state their whole configuration:
// Megatron, torchtitan and Transformers. Stacks without rows take the values of the nearest one, with a wider band.
constexpr std::array<FrameworkSpeed, 11> kFrameworks = {{
    {Framework::transformers, 0.85, 1300, 4.4, 600e-6, 0.68, 1.2},
    {Framework::torch_compile, 0.85, 1300, 2.0, 60e-6, 0.6, 1.5},
    {Framework::liger, 0.85, 1300, 4.0, 500e-6, 0.6, 1.5},
    {Framework::unsloth, 0.85, 1300, 3.5, 400e-6, 0.6, 1.5},
    {Framework::megatron, 0.53, 0, 2.0, 100e-6, 0.7, 1.2},
    {Framework::deepspeed, 0.75, 1300, 4.4, 600e-6, 0.4, 1.6},
    {Framework::torchtitan, 0.85, 1300, 2.0, 60e-6, 0.68, 1.25},
    {Framework::torchtune, 0.80, 1300, 4.0, 400e-6, 0.6, 1.5},
    {Framework::litgpt, 0.80, 1300, 4.0, 400e-6, 0.6, 1.5},
    {Framework::torchvision, 0.50, 0, 2.0, 60e-6, 0.5, 1.6},
    {Framework::timm, 0.50, 0, 2.0, 60e-6, 0.5, 1.6},
}};

}  // namespace

const EngineSpeed& speed_of(Engine engine, const GpuSpec& gpu) {
  if (engine == Engine::llama_cpp || engine == Engine::ollama) {
    if (gpu.unified_memory) return kLlamaUnified;
    if (gpu.memory_type.starts_with("HBM")) return kLlamaHbm;
  }
  return kEngines[static_cast<std::size_t>(engine)];
}
const FrameworkSpeed& speed_of(Framework framework) { return kFrameworks[static_cast<std::size_t>(framework)]; }

double attention_share(Framework framework, const GpuSpec& gpu) {
  if (framework == Framework::megatron) return speed_of(framework).compute_share;  // cuDNN's kernel, as fast as its products
  // FlashAttention-2 as PyTorch ships it: written for Ampere, 240 of 795 Tflop/s on Hopper in torchtitan's runs on long sequences.
  return gpu.compute_capability >= 90 ? 0.30 : 0.60;
}

double unpack_bytes(WeightFormatId format) {
  // GPTQ and AWQ weights are shifted, masked and scaled by elementwise operations, each of which reads and writes the matrix.
  const bool by_elements = format >= WeightFormatId::gptq2_g32 && format <= WeightFormatId::awq4_g128;
  return by_elements ? 16.0 : 3.0;  // one kernel: half a byte read, 16 bit written and read
}

double matrix_rate(const GpuSpec& gpu, Dtype dtype) {
  const GpuFlops& f = gpu.flops;
  const double narrow = f.bf16 > 0 ? f.bf16 : f.fp16 > 0 ? f.fp16 : f.fp32;
  switch (dtype) {
    case Dtype::fp32: return f.fp32 > 0 ? f.fp32 : narrow / 2;
    case Dtype::fp16: return f.fp16 > 0 ? f.fp16 : narrow;
    case Dtype::fp8: return f.fp8 > 0 ? f.fp8 : narrow;
    case Dtype::int8: return f.int8 > 0 ? f.int8 : narrow;
    case Dtype::bf16: return narrow;
  }
  return narrow;
}

double reached_rate(const GpuSpec& gpu, Dtype dtype) {
  if (dtype == Dtype::bf16 && gpu.measured_flops.bf16 > 0) return gpu.measured_flops.bf16;
  if (dtype == Dtype::fp8 && gpu.measured_flops.fp8 > 0) return gpu.measured_flops.fp8;
  return matrix_rate(gpu, dtype);
}

}  // namespace vram
