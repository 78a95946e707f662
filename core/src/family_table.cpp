// The table of families. Proportions: of the published models named in `families()`, from the catalog's rows.
// SPDX-License-Identifier: MIT
#include "family_table.h"

#include <array>

#include "vram/family.h"

namespace vram {

namespace {

constexpr auto kLayer = NormKind::layer;
constexpr auto kGelu = MlpKind::gelu;
constexpr auto kLearned = PositionKind::learned;

constexpr FamilyRow kLlama{.name = "llama", .computes_like = "llama", .vocab_size = 32000, .max_positions = 131072, .kv_heads = 8};
constexpr FamilyRow kGpt{.name = "gpt", .computes_like = "gpt2", .vocab_size = 50257, .max_positions = 2048, .tied = true, .norm = kLayer, .mlp = kGelu, .position = kLearned,
                         .attention_bias = true, .output_bias = true, .mlp_bias = true, .head_dim = 64, .aspect = 96, .ratio = 4, .fused_qkv = true};

constexpr std::array kRows = {
    kLlama,
    FamilyRow{.name = "qwen", .computes_like = "qwen2", .vocab_size = 151936, .max_positions = 131072, .tied = true, .attention_bias = true, .kv_heads = 4, .ratio = 5.3},
    FamilyRow{.name = "mistral", .computes_like = "mistral", .vocab_size = 32768, .max_positions = 131072, .kv_heads = 8},
    FamilyRow{.name = "gemma", .computes_like = "gemma3", .vocab_size = 262144, .max_positions = 131072, .tied = true, .norms_per_layer = 4, .qk_norm = QkNorm::per_head,
              .head_dim = 256, .kv_heads = 4, .aspect = 80, .ratio = 4, .sliding_window = 1024, .sliding_period = 6},
    FamilyRow{.name = "phi", .computes_like = "phi3", .vocab_size = 32064, .max_positions = 131072, .head_dim = 96, .aspect = 96, .ratio = 2.67, .fused_qkv = true, .fused_gate_up = true},
    kGpt,
    FamilyRow{.name = "chatglm", .computes_like = "chatglm", .vocab_size = 65024, .max_positions = 32768, .attention_bias = true, .kv_heads = 2, .aspect = 146, .ratio = 3.34,
              .fused_qkv = true, .fused_gate_up = true},
    FamilyRow{.name = "palm", .computes_like = "palm", .vocab_size = 256000, .max_positions = 2048, .tied = true, .norm = NormKind::layer_no_bias, .norms_per_layer = 1,
              .head_dim = 256, .kv_heads = 1, .ratio = 4, .parallel = true},
    FamilyRow{.name = "mixtral", .computes_like = "mixtral", .vocab_size = 32000, .max_positions = 32768, .kv_heads = 8, .experts = 8, .experts_per_token = 2},
    FamilyRow{.name = "qwen-moe", .computes_like = "qwen3_moe", .vocab_size = 151936, .max_positions = 32768, .qk_norm = QkNorm::per_head, .kv_heads = 4, .aspect = 43, .ratio = 0.375,
              .experts = 128, .experts_per_token = 8},
    FamilyRow{.name = "deepseek-moe", .computes_like = "deepseek_v2", .vocab_size = 102400, .max_positions = 32768, .aspect = 73, .ratio = 0.6875, .experts = 64, .experts_per_token = 6,
              .shared_experts = 2, .first_dense = 1, .dense_ratio = 8},
    FamilyRow{.name = "gpt-oss", .computes_like = "gpt_oss", .vocab_size = 201088, .max_positions = 131072, .attention_bias = true, .output_bias = true, .head_dim = 64, .kv_heads = 8,
              .aspect = 96, .ratio = 1, .experts = 64, .experts_per_token = 4, .sliding_window = 128, .sliding_period = 2},
    FamilyRow{.name = "glam", .computes_like = "glam", .vocab_size = 256000, .max_positions = 1024, .mlp = kGelu, .position = PositionKind::relative, .ratio = 4, .experts = 64,
              .experts_per_token = 2, .moe_every = 2, .dense_ratio = 1},
    FamilyRow{.name = "switch", .computes_like = "switch_transformers", .kind = FamilyKind::t5, .vocab_size = 32128, .max_positions = 512, .tied = true, .mlp = MlpKind::relu,
              .position = PositionKind::relative, .head_dim = 64, .aspect = 64, .ratio = 4, .experts = 128, .experts_per_token = 1, .moe_every = 2},
    FamilyRow{.name = "bert", .computes_like = "bert", .kind = FamilyKind::bert, .vocab_size = 30522, .max_positions = 512, .tied = true, .norm = kLayer, .mlp = kGelu,
              .position = kLearned, .attention_bias = true, .output_bias = true, .mlp_bias = true, .head_dim = 64, .aspect = 64, .ratio = 4},
    FamilyRow{.name = "t5", .computes_like = "t5", .kind = FamilyKind::t5, .vocab_size = 32128, .max_positions = 512, .tied = true, .mlp = MlpKind::relu,
              .position = PositionKind::relative, .head_dim = 64, .aspect = 64, .ratio = 4},
    FamilyRow{.name = "vit", .computes_like = "vit", .kind = FamilyKind::vit, .norm = kLayer, .mlp = kGelu, .attention_bias = true, .output_bias = true, .mlp_bias = true,
              .head_dim = 64, .aspect = 43, .ratio = 4},
    FamilyRow{.name = "llava", .computes_like = "llava", .kind = FamilyKind::vlm, .vocab_size = 32064, .max_positions = 4096},
    FamilyRow{.name = "clip", .computes_like = "clip", .kind = FamilyKind::clip, .vocab_size = 49408, .max_positions = 77, .tied = true, .norm = kLayer,
              .mlp = kGelu, .position = kLearned, .attention_bias = true, .output_bias = true, .mlp_bias = true, .head_dim = 64, .aspect = 64, .ratio = 4},
    FamilyRow{.name = "blip", .computes_like = "blip", .kind = FamilyKind::blip, .vocab_size = 30524, .max_positions = 512, .tied = true, .norm = kLayer, .mlp = kGelu,
              .position = kLearned, .attention_bias = true, .output_bias = true, .mlp_bias = true, .head_dim = 64, .aspect = 64, .ratio = 4},
    FamilyRow{.name = "flamingo", .computes_like = "flamingo", .kind = FamilyKind::flamingo, .vocab_size = 32000, .max_positions = 2048, .mlp = kGelu, .ratio = 4},
};

constexpr std::array<std::string_view, 5> kResNet = {"torchvision/resnet18", "torchvision/resnet34", "torchvision/resnet50", "torchvision/resnet101", "torchvision/resnet152"};
constexpr std::array<std::string_view, 3> kResNext = {"torchvision/resnext50_32x4d", "torchvision/resnext101_64x4d", "torchvision/resnext101_32x8d"};
constexpr std::array<std::string_view, 11> kEfficientNet = {
    "torchvision/efficientnet_b0", "torchvision/efficientnet_b1", "torchvision/efficientnet_b2", "torchvision/efficientnet_b3",
    "torchvision/efficientnet_b4", "torchvision/efficientnet_v2_s", "torchvision/efficientnet_b5", "torchvision/efficientnet_b6",
    "torchvision/efficientnet_v2_m", "torchvision/efficientnet_b7", "torchvision/efficientnet_v2_l"};
constexpr std::array<std::string_view, 4> kConvNext = {"torchvision/convnext_tiny", "torchvision/convnext_small", "torchvision/convnext_base", "torchvision/convnext_large"};
constexpr std::array<std::string_view, 8> kRegNet = {"torchvision/regnet_y_400mf", "torchvision/regnet_y_800mf", "torchvision/regnet_y_1_6gf", "torchvision/regnet_y_3_2gf",
                                                     "torchvision/regnet_y_8gf",   "torchvision/regnet_y_16gf",  "torchvision/regnet_y_32gf",  "torchvision/regnet_y_128gf"};
constexpr std::array<std::string_view, 4> kDenseNet = {"torchvision/densenet121", "torchvision/densenet169", "torchvision/densenet201", "torchvision/densenet161"};
constexpr std::array<std::string_view, 4> kVgg = {"torchvision/vgg11", "torchvision/vgg13", "torchvision/vgg16", "torchvision/vgg19"};
constexpr std::array<std::string_view, 3> kMobileNet = {"torchvision/mobilenet_v3_small", "torchvision/mobilenet_v2", "torchvision/mobilenet_v3_large"};
constexpr std::array<std::string_view, 5> kYolo = {"ultralytics/yolov8n", "ultralytics/yolov8s", "ultralytics/yolov8m", "ultralytics/yolov8l", "ultralytics/yolov8x"};

constexpr std::array kConvolutional = {
    ConvolutionalRow{"resnet", kResNet},     ConvolutionalRow{"resnext", kResNext},   ConvolutionalRow{"efficientnet", kEfficientNet},
    ConvolutionalRow{"convnext", kConvNext}, ConvolutionalRow{"regnet", kRegNet},     ConvolutionalRow{"densenet", kDenseNet},
    ConvolutionalRow{"vgg", kVgg},           ConvolutionalRow{"mobilenet", kMobileNet}, ConvolutionalRow{"yolo", kYolo},
};

constexpr std::array kInfos = {
    FamilyInfo{"llama", "Llama 3, SmolLM"},
    FamilyInfo{"qwen", "Qwen2.5"},
    FamilyInfo{"mistral", "Mistral 7B, Mistral Small"},
    FamilyInfo{"gemma", "Gemma 3"},
    FamilyInfo{"phi", "Phi-3"},
    FamilyInfo{"gpt", "GPT-2, GPT-3"},
    FamilyInfo{"chatglm", "ChatGLM3"},
    FamilyInfo{"palm", "PaLM"},
    FamilyInfo{.name = "mixtral", .like = "Mixtral 8x7B, 8x22B", .mixture = true},
    FamilyInfo{.name = "qwen-moe", .like = "Qwen3-30B-A3B", .mixture = true},
    FamilyInfo{.name = "deepseek-moe", .like = "DeepSeek-MoE 16B", .mixture = true},
    FamilyInfo{.name = "gpt-oss", .like = "gpt-oss-20b, gpt-oss-120b", .mixture = true},
    FamilyInfo{.name = "glam", .like = "GLaM 64B/64E", .mixture = true},
    FamilyInfo{.name = "switch", .like = "Switch Transformer base-128", .mixture = true},
    FamilyInfo{"bert", "BERT base, large"},
    FamilyInfo{"t5", "T5"},
    FamilyInfo{"vit", "ViT-L, DINOv2"},
    FamilyInfo{.name = "llava", .like = "LLaVA-1.5", .multimodal = true},
    FamilyInfo{.name = "clip", .like = "CLIP ViT-L/14", .multimodal = true},
    FamilyInfo{.name = "blip", .like = "BLIP captioning", .multimodal = true},
    FamilyInfo{.name = "flamingo", .like = "Flamingo", .multimodal = true},
    FamilyInfo{.name = "resnet", .like = "ResNet-18 to 152", .convolutional = true},
    FamilyInfo{.name = "resnext", .like = "ResNeXt", .convolutional = true},
    FamilyInfo{.name = "efficientnet", .like = "EfficientNet B0 to B7, V2", .convolutional = true},
    FamilyInfo{.name = "convnext", .like = "ConvNeXt", .convolutional = true},
    FamilyInfo{.name = "regnet", .like = "RegNetY", .convolutional = true},
    FamilyInfo{.name = "densenet", .like = "DenseNet", .convolutional = true},
    FamilyInfo{.name = "vgg", .like = "VGG", .convolutional = true},
    FamilyInfo{.name = "mobilenet", .like = "MobileNet V2, V3", .convolutional = true},
    FamilyInfo{.name = "yolo", .like = "YOLOv8", .convolutional = true},
};

}  // namespace

std::span<const FamilyRow> family_rows() { return kRows; }
std::span<const ConvolutionalRow> convolutional_rows() { return kConvolutional; }
std::span<const FamilyInfo> families() { return kInfos; }

}  // namespace vram
