// Images and video frames: what they become, and that memory follows them.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "../../core/src/image_tokens.h"
#include "vram/json.h"

namespace {

using nlohmann::json;

constexpr const char* kQwenVl = "Qwen/Qwen2.5-VL-7B-Instruct";
constexpr const char* kLlava = "llava-hf/llava-1.5-7b-hf";

json estimate(const std::string& model, const std::string& task, const json& section) {
  const json request = {{"model", model}, {"task", task}, {task == "inference" ? "inference" : "training", section}};
  return json::parse(vram::estimate_json(request.dump()));
}
double total(const std::string& model, const std::string& task, const json& section) {
  const json result = estimate(model, task, section);
  return result.contains("memory") ? result["memory"]["total_bytes"].get<double>() : 0.0;
}
/// An engine that takes what the prompt needs and no more, so that every image shows.
json plain(json section) {
  section["engine"] = "transformers";
  return section;
}
bool has_issue(const json& result, std::string_view code, std::string_view field) {
  for (const json& issue : result["issues"]) {
    if (issue["code"] == code && issue["field"] == field) return true;
  }
  return false;
}

TEST(ImageTokens, AnImageOf224PixelsIs64TokensOfQwen2Vl) {
  // Qwen2-VL, section 2.1: a 224 x 224 image with patches of 14 and 2 x 2 merging is 66 tokens with its two marks.
  vram::Inventory tower;
  tower.patch_size = 14;
  tower.patch_merge = 2;
  tower.fixed_patches = 1024;
  tower.image_tokens = 256;
  EXPECT_EQ(256, vram::image_tokens(tower, 224).patches);
  EXPECT_EQ(64, vram::image_tokens(tower, 224).tokens);
  EXPECT_EQ(1024, vram::image_tokens(tower, 0).patches);
}

TEST(ImageTokens, FramesAreGroupedInTimeAndTheLastGroupIsFilledUp) {
  vram::Inventory tower;
  EXPECT_EQ(7, vram::pictures_of(tower, 2, 5));
  tower.frames_per_image = 2;
  EXPECT_EQ(5, vram::pictures_of(tower, 2, 5));
  EXPECT_EQ(2, vram::pictures_of(tower, 2, 0));
}

TEST(ImageTokens, TwoFramesOfQwenWeighWhatOneImageWeighs) {
  EXPECT_EQ(total(kQwenVl, "inference", plain({{"images", 4}})), total(kQwenVl, "inference", plain({{"frames", 8}})));
  EXPECT_EQ(total(kQwenVl, "finetuning", {{"images", 4}}), total(kQwenVl, "finetuning", {{"frames", 7}}));
  EXPECT_EQ(total(kLlava, "inference", plain({{"images", 4}})), total(kLlava, "inference", plain({{"frames", 4}})));
}

TEST(ImageTokens, LargerImagesNeedMoreToServe) {
  const double small = total(kQwenVl, "inference", plain({{"images", 16}, {"image_size", 448}}));
  EXPECT_GT(small, 0);
  EXPECT_EQ(small, total(kQwenVl, "inference", plain({{"images", 16}})));  // 448 where the model takes any size
  EXPECT_LT(small, total(kQwenVl, "inference", plain({{"images", 16}, {"image_size", 1344}})));
  EXPECT_LT(total("torchvision/resnet50", "inference", {{"image_size", 224}, {"batch_size", 64}}),
            total("torchvision/resnet50", "inference", {{"image_size", 640}, {"batch_size", 64}}));
}

TEST(ImageTokens, ASizeTooSmallNamesTheFieldThatSaysSo) {
  EXPECT_TRUE(has_issue(estimate("torchvision/alexnet", "inference", {{"image_size", 8}}), "image_too_small", "inference.image_size"));
  EXPECT_TRUE(has_issue(estimate("torchvision/alexnet", "pretraining", {{"image_size", 8}}), "image_too_small", "training.image_size"));
}

TEST(ImageTokens, AModelWithoutEyesSaysThatImagesChangeNothing) {
  EXPECT_TRUE(has_issue(estimate("meta-llama/Llama-3.1-8B", "inference", {{"images", 1}}), "reads_no_images", "inference.images"));
  EXPECT_TRUE(has_issue(estimate("meta-llama/Llama-3.1-8B", "finetuning", {{"frames", 8}}), "reads_no_images", "training.frames"));
  EXPECT_FALSE(has_issue(estimate(kQwenVl, "inference", {{"images", 1}}), "reads_no_images", "inference.images"));
  EXPECT_FALSE(has_issue(estimate("torchvision/resnet50", "inference", {{"image_size", 224}}), "reads_no_images", "inference.image_size"));
}

TEST(ImageTokens, TheCatalogSaysWhatGoesIn) {
  const json models = json::parse(vram::catalog_json("models"));
  const auto inputs = [&models](std::string_view id) {
    for (const json& model : models) {
      if (model["id"] == id) return model["inputs"];
    }
    return json();
  };
  EXPECT_EQ(json({"text", "image", "video"}), inputs(kQwenVl));
  EXPECT_EQ(json({"text", "image"}), inputs(kLlava));
  EXPECT_EQ(json({"text", "audio"}), inputs("openai/whisper-large-v3"));
  EXPECT_EQ(json({"image"}), inputs("torchvision/resnet50"));
  EXPECT_EQ(json({"text"}), inputs("meta-llama/Llama-3.1-8B"));
}

}  // namespace
