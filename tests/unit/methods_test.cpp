// Ways of tuning and what they cost beside the plain ones, computed by hand; k-bit preparation against a measured pair.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "vram/estimate.h"
#include "vram/model_json.h"

namespace vram {
namespace {

struct Tuning {
  Scenario scenario;
  Inventory inventory;

  explicit Tuning(const char* model = "TinyLlama/TinyLlama-1.1B-Chat-v1.0") : scenario(), inventory() {
    scenario.model = model_from_catalog(model).model;
    scenario.task = Task::finetuning;
    scenario.training.weight_dtype = Dtype::bf16;
    scenario.training.mixed_precision = MixedPrecision::none;
    scenario.training.micro_batch_size = 2;
    scenario.training.sequence_length = 1024;
    scenario.training.activation_checkpointing = Checkpointing::none;
    inventory = build_inventory(scenario.model);
  }
  [[nodiscard]] MemoryEstimate run() const {
    Evaluator evaluate(inventory);
    return evaluate(resolve(scenario, inventory, nullptr));
  }
};

// TinyLlama: hidden 2048, 22 layers, 4 KV heads of 64: keys and values of 256 each; 1 100 048 384 parameters.
constexpr double kParameters = 1100048384.0;

double states(const MemoryEstimate& estimate) { return estimate.timeline[0].terms[TermId::optimizer_states]; }
double kept(const MemoryEstimate& estimate) { return estimate.timeline[2].terms[TermId::activations]; }  // at the loss

TEST(AdaLora, HoldsSingularValuesAndThreeScoresOfEveryElement) {
  Tuning t;
  t.scenario.training.method = Method::adalora;
  t.scenario.training.lora_rank = 12;
  const MemoryEstimate ada = t.run();
  const double elements = 22 * (12.0 * (2048 + 2048) + 12 + 12.0 * (2048 + 256) + 12);  // q_proj and v_proj
  EXPECT_EQ(elements, ada.counted.trainable);
  EXPECT_EQ(elements * 4 * (2 + 3), states(ada));  // Adam's two moments and the scores, fp32
  // The graph keeps the product of values and first matrix, rank × inputs of both, in fp32.
  t.scenario.training.method = Method::lora;
  EXPECT_EQ(22 * 2 * 12.0 * 2048 * 4, kept(ada) - kept(t.run()));
}

TEST(Prefix, TrainsKeysAndValuesOfEveryLayerInFp32) {
  Tuning t;
  t.scenario.training.method = Method::prefix;
  t.scenario.training.num_virtual_tokens = 20;
  const MemoryEstimate prefix = t.run();
  const double elements = 20.0 * 22 * 2 * 256;
  EXPECT_EQ(elements, prefix.counted.trainable);
  EXPECT_EQ(elements * 4, prefix.timeline[0].terms[TermId::adapter_weights]);
  EXPECT_EQ(elements * 8, states(prefix));
  EXPECT_EQ(2 * kParameters, prefix.timeline[0].terms[TermId::weights]);
  // Twice as long a prefix: the keys and values of 20 tokens more for each of two sequences, in the model's 16 bit.
  t.scenario.training.num_virtual_tokens = 40;
  EXPECT_EQ(2 * elements * 2, kept(t.run()) - kept(prefix));
  // Eager attention keeps scores of 1024 tokens against them as well: 32 heads, fp32 softmax and its narrow copy.
  t.scenario.training.attention = AttentionKind::eager;
  const double forty = kept(t.run());
  t.scenario.training.num_virtual_tokens = 20;
  EXPECT_NEAR(2 * elements * 2 + 22 * 2 * 32 * 1024.0 * 20 * 6, forty - kept(t.run()), 1.0);
}

TEST(KbitPreparation, WidensWhatIsNotPackedAsMeasured) {
  // tests/measured/pytorch-peft.json: llama-3.1-8b/lora-r16-all-linear/bf16/sdpa/b2-s1024/ckpt/adamw, nf4-prepared minus nf4.
  constexpr double kWeights = 7861190656.0 - 5759311872.0;
  constexpr double kSaved = 2157993988.0 - 1621123076.0;
  Tuning t("meta-llama/Llama-3.1-8B");
  t.scenario.training.method = Method::qlora;
  t.scenario.training.quantization = "nf4";
  t.scenario.training.attention = AttentionKind::sdpa;
  t.scenario.training.activation_checkpointing = Checkpointing::full;
  const MemoryEstimate plain = t.run();
  t.scenario.training.kbit_upcast = true;
  const MemoryEstimate prepared = t.run();
  EXPECT_EQ(kWeights, prepared.timeline[0].terms[TermId::weights] - plain.timeline[0].terms[TermId::weights]);
  EXPECT_EQ(kSaved, prepared.counted.saved_bytes - plain.counted.saved_bytes);
}

TEST(StepsInBackward, KeepOneGradientAtATime) {
  Tuning t;
  t.scenario.training.optimizer_in_backward = true;
  const MemoryEstimate estimate = t.run();
  double most = 0;
  for (std::size_t i = 0; i < estimate.timeline.size(); ++i) most = std::max(most, estimate.timeline[i].terms[TermId::gradients]);
  EXPECT_EQ(32000.0 * 2048 * 2, most);  // the head's, the largest
  EXPECT_EQ(kParameters * 4, states(estimate));
}

TEST(Buckets, AreACopyOfTheGradientsUnderDdpAndOneBucketUnderDeepSpeed) {
  Tuning t;
  const double alone = t.run().timeline[0].terms[TermId::communication_buffers];
  t.scenario.parallelism.data_parallel_size = 4;
  const double communicator = resolve(t.scenario, t.inventory, nullptr).communicator_bytes;
  EXPECT_EQ(2 * kParameters + communicator, t.run().timeline[0].terms[TermId::communication_buffers] - alone);
  t.scenario.training.framework = Framework::deepspeed;
  t.scenario.parallelism.zero_stage = 2;
  EXPECT_EQ(5e8 * 2 + communicator, t.run().timeline[0].terms[TermId::communication_buffers]);
  t.scenario.training.method = Method::lora;  // fewer gradients than one bucket holds
  const MemoryEstimate lora = t.run();
  EXPECT_EQ(lora.counted.trainable * 2 + communicator, lora.timeline[0].terms[TermId::communication_buffers]);
}

TEST(Offload, MovesStatesAndTheirGradientsToTheHost) {
  Tuning t;
  t.scenario.training.framework = Framework::deepspeed;
  t.scenario.parallelism.data_parallel_size = 4;
  t.scenario.parallelism.zero_stage = 2;
  t.scenario.parallelism.offload = Offload::optimizer;
  const MemoryEstimate estimate = t.run();
  EXPECT_EQ(0, states(estimate));
  // Two fp32 moments, the fp32 copy and the fp32 gradient of a quarter of the weights.
  EXPECT_EQ(kParameters / 4 * (8 + 4 + 4), estimate.host_bytes);
  t.scenario.parallelism.offload = Offload::none;
  EXPECT_EQ(0, t.run().host_bytes);
}

TEST(ConvolutionalNetworks, KeepTheInputOfEveryResidualBlockAndTheirStemWhenRecomputed) {
  Tuning t("torchvision/resnet50");
  t.scenario.training.weight_dtype = Dtype::fp32;
  t.scenario.training.micro_batch_size = 8;
  const MemoryEstimate plain = t.run();
  t.scenario.training.activation_checkpointing = Checkpointing::full;
  const MemoryEstimate recomputed = t.run();
  // Inputs of 16 bottlenecks at 224 pixels: 64 maps of 56², three more blocks of 256 maps of 56² and the next stage's first; 512 maps
  // of 28² four times; 1024 of 14² six times; 2048 of 7² twice. The last block's map is read by the pooling.
  const double inputs = 64 * 3136.0 + 3 * 256 * 3136.0 + 4 * 512 * 784.0 + 6 * 1024 * 196.0 + 2 * 2048 * 49.0 + 2048 * 49.0;
  // The stem is not recomputed: its convolution's map, what the pooling reads, the pooling's indices; and the classifier's input.
  const double stem = 2 * 64 * 112 * 112.0;
  EXPECT_EQ(inputs + stem + 2048, t.inventory.segments.kept + t.inventory.segments.wide_kept);
  EXPECT_EQ(64 * 3136.0 * 8, t.inventory.segments.kept_bytes);
  EXPECT_GT(recomputed.counted.saved_bytes, 8 * (inputs + stem) * 4 - 1);
  EXPECT_LT(recomputed.counted.saved_bytes, plain.counted.saved_bytes / 2);
  EXPECT_LT(recomputed.total().value, plain.total().value);
}

TEST(ConvolutionalNetworks, WithoutResidualBlocksAreCutWhereOneMapCrosses) {
  Tuning t("torchvision/vgg16");
  t.scenario.training.weight_dtype = Dtype::fp32;
  const MemoryEstimate plain = t.run();
  t.scenario.training.activation_checkpointing = Checkpointing::full;
  EXPECT_GT(t.inventory.segments.kept, 64 * 224 * 224.0);
  EXPECT_LT(t.run().counted.saved_bytes, plain.counted.saved_bytes);
}

TEST(HierarchicalTowers, KeepTheInputOfEachStageAtItsOwnSize) {
  Tuning t("torchvision/swin_t");
  t.scenario.training.weight_dtype = Dtype::fp32;
  t.scenario.training.activation_checkpointing = Checkpointing::full;
  t.scenario.training.micro_batch_size = 1;
  // 2, 2, 6 and 2 blocks with 56², 28², 14² and 7² tokens of 96, 192, 384 and 768 elements; all at the first stage's size would be 12 · 56² · 96.
  const double inputs = 2 * 3136 * 96.0 + 2 * 784 * 192.0 + 6 * 196 * 384.0 + 2 * 49 * 768.0;
  const double saved = t.run().counted.saved_bytes;
  EXPECT_GT(saved, 4 * inputs);
  EXPECT_LT(saved, 4 * 12 * 3136 * 96.0);
}

// Jamba: 28 layers of 8192 channels with 16 states each; the rows of Mamba-130M and Jamba in tests/measured show every tensor.
TEST(MambaKernels, WithoutThemEveryStateIsKept) {
  Tuning t("ai21labs/Jamba-v0.1");
  t.scenario.training.method = Method::full;
  const MemoryEstimate kernels = t.run();
  t.scenario.training.mamba_kernels = false;
  const MemoryEstimate slow = t.run();
  const double channels = 8192;
  const double states = 16 * channels;
  const double per_token = 14 * states + (4 * 2 + 4 + 4 - 2) * channels;  // the kernel's output in 16 bit is what the gate multiplies
  const double per_sequence = (2 - 4) * states + 2 * 3 * channels;
  EXPECT_EQ(28 * (2048 * per_token + 2 * per_sequence), kept(slow) - kept(kernels));
  EXPECT_EQ(kernels.counted.trainable, slow.counted.trainable);

  t.scenario.training.method = Method::lora;
  const double adapters = t.run().counted.adapters;
  t.scenario.training.mamba_kernels = true;
  EXPECT_EQ(t.run().counted.adapters, adapters);
}

}  // namespace
}  // namespace vram
