// Convolutional networks: every catalog row to the parameter, and the operations the real frameworks dispatch.
// SPDX-License-Identifier: MIT
#include "vram/cnn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "vram/catalog.h"

namespace vram {
namespace {

using nlohmann::json;

json read_rows(const std::string& path) {
  std::ifstream file(std::string(VRAM_TESTS_DIR) + path);
  const json rows = json::parse(file, nullptr, false);
  EXPECT_TRUE(rows.is_array()) << path;
  return rows;
}

/// Classes the published count is for: ImageNet, and COCO for the detectors.
int classes_of(const CnnTable& table) { return table.id.substr(0, 11) == "torchvision" ? 1000 : 80; }

std::vector<CnnLayer> layers_of(const CnnTable& table) {
  return cnn_layers(table, table.input_size, table.input_size, 3, classes_of(table));
}

TEST(Cnn, EveryPublishedCountIsMetExactly) {
  std::size_t rows = 0, exact = 0;
  for (const CatalogModel& model : catalog_models()) {
    if (model.kind != ModelKind::cnn) continue;
    ++rows;
    const CnnTable* table = find_cnn(model.id);
    ASSERT_NE(nullptr, table) << model.id;
    const CnnTotals totals = cnn_totals(layers_of(*table));
    EXPECT_EQ(model.published_parameters, totals.parameters) << model.id;
    if (model.published_parameters == totals.parameters) ++exact;
  }
  std::printf("[ cnn      ] %zu of %zu published parameter counts met exactly\n", exact, rows);
  EXPECT_EQ(70u, rows);
  EXPECT_EQ(cnn_tables().size(), rows);
}

TEST(Cnn, MultiplyAccumulatesAndActivationsAgreeWithTheCatalog) {
  std::size_t macs = 0, activations = 0;
  for (const json& row : read_rows("/../core/data/models.json")) {
    if (row["kind"] != "cnn") continue;
    const std::string id = row["id"];
    const CnnTable& table = *find_cnn(id);
    ASSERT_EQ(row["input_size"], table.input_size) << id;
    const CnnTotals totals = cnn_totals(layers_of(table));
    const double gmacs = static_cast<double>(totals.macs) / 1e9;
    // Detectors: the publisher's profiler also counts two operations per batch-norm element (about 2 %).
    const double tolerance = table.image_multiple > 1 ? 0.02 * gmacs : 0.00051;
    EXPECT_NEAR(row["gmacs"].get<double>(), gmacs, tolerance) << id;
    ++macs;
    if (row["activations_m"].is_null() || row["activations_input_size"] != table.input_size) continue;
    EXPECT_NEAR(row["activations_m"].get<double>(), static_cast<double>(totals.activations) / 1e6, 0.0051) << id;
    ++activations;
  }
  std::printf("[ cnn      ] %zu multiply-accumulate and %zu activation counts compared\n", macs, activations);
  EXPECT_EQ(70u, macs);
  EXPECT_EQ(54u, activations);
}

/// Operations of one training forward by name, as the reference script counts them: views and the copy of a channel
/// shuffle are left out, layer scale is a multiplication, attention of YOLO11 is left out with its products.
std::map<std::string, int> training_operations(const CnnTable& table, std::int64_t& output_elements) {
  std::map<std::string, int> operations;
  output_elements = 0;
  for (const CnnLayer& layer : layers_of(table)) {
    if (layer.phase == CnnPhase::inference || layer.is_view()) continue;
    if (layer.op == CnnOp::channel_shuffle || layer.op == CnnOp::attention) continue;
    const CnnOp op = layer.op == CnnOp::layer_scale ? CnnOp::multiply : layer.op;
    ++operations[std::string(name_of(op)) + (layer.in_place ? "_" : "")];
    output_elements += layer.out_elements();
  }
  return operations;
}

TEST(Cnn, OperationsAreThoseTheFrameworksDispatch) {
  std::size_t rows = 0;
  for (const json& row : read_rows("/golden/cnn_operations.json")) {
    const std::string id = row["id"];
    const CnnTable& table = *find_cnn(id);
    std::int64_t elements = 0;
    const std::map<std::string, int> ours = training_operations(table, elements);
    EXPECT_EQ((row["operations"].get<std::map<std::string, int>>()), ours) << id;
    EXPECT_EQ(row["output_elements"].get<std::int64_t>(), elements) << id;
    EXPECT_EQ(row["buffers"].get<std::int64_t>(), cnn_totals(layers_of(table)).buffers) << id;
    ++rows;
  }
  std::printf("[ cnn      ] %zu networks compared with the operations of torchvision and ultralytics\n", rows);
  EXPECT_EQ(70u, rows);
}

TEST(Cnn, EdgesPointBackAndShapesMeet) {
  for (const CnnTable& table : cnn_tables()) {
    const std::vector<CnnLayer> layers = layers_of(table);
    ASSERT_FALSE(layers.empty()) << table.id;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      ASSERT_FALSE(layers[i].inputs.empty()) << table.id << " " << i;
      for (const int input : layers[i].inputs) ASSERT_LT(input, static_cast<int>(i)) << table.id;
      const int first = layers[i].inputs[0];
      const std::int64_t in = first < 0 ? std::int64_t{3} * table.input_size * table.input_size
                                        : layers[static_cast<std::size_t>(first)].out_elements();
      EXPECT_EQ(in, layers[i].in_elements()) << table.id << " " << i;
    }
  }
}

TEST(Cnn, EveryOperationIsReadByAnotherExceptTheResults) {
  for (const CnnTable& table : cnn_tables()) {
    const std::vector<CnnLayer> layers = layers_of(table);
    std::vector<bool> read(layers.size(), false);
    for (const CnnLayer& layer : layers) {
      for (const int input : layer.inputs) {
        if (input >= 0) read[static_cast<std::size_t>(input)] = true;
      }
    }
    const auto unread = static_cast<int>(std::count(read.begin(), read.end(), false));
    EXPECT_EQ(table.id == "torchvision/inception_v3" ? 2 : 1, unread) << table.id;  // its auxiliary classifier
  }
}

TEST(Cnn, ResnetFeatureMapsFollowTheImage) {
  const CnnTable& resnet = *find_cnn("resnet50");
  const auto side_before_pool = [&](int image) {
    const std::vector<CnnLayer> layers = cnn_layers(resnet, image, image, 3, 1000);
    return layers[layers.size() - 3].in_height;
  };
  EXPECT_EQ(7, side_before_pool(224));
  EXPECT_EQ(8, side_before_pool(225));
  EXPECT_EQ(16, side_before_pool(512));
  EXPECT_EQ(1, side_before_pool(32));
}

TEST(Cnn, ClassesAndChannelsChangeOnlyTheEnds) {
  const CnnTable& resnet = *find_cnn("resnet50");
  const std::int64_t plain = cnn_totals(cnn_layers(resnet, 224, 224, 3, 1000)).parameters;
  EXPECT_EQ(plain - 990 * 2049, cnn_totals(cnn_layers(resnet, 224, 224, 3, 10)).parameters);
  EXPECT_EQ(plain - 2 * 64 * 49, cnn_totals(cnn_layers(resnet, 224, 224, 1, 1000)).parameters);
}

TEST(Cnn, DetectorsTakeMultiplesOf32) {
  const CnnTable& yolo = *find_cnn("yolov8n");
  const std::vector<CnnLayer> layers = cnn_layers(yolo, 610, 639, 3, 80);
  ASSERT_FALSE(layers.empty());
  EXPECT_EQ(640, layers[0].in_height);
  EXPECT_EQ(640, layers[0].in_width);
  EXPECT_FALSE(cnn_layers(yolo, 16384, 16384, 3, 80).empty());
}

TEST(Cnn, ImagesThatAreTooSmallGiveNothing) {
  const CnnTable& alexnet = *find_cnn("alexnet");
  EXPECT_EQ(63, cnn_smallest_image(alexnet));  // torchvision refuses 62
  EXPECT_TRUE(cnn_layers(alexnet, 62, 62, 3, 1000).empty());
  EXPECT_FALSE(cnn_layers(alexnet, 63, 63, 3, 1000).empty());
  const CnnTable& inception = *find_cnn("inception_v3");
  EXPECT_EQ(75, cnn_smallest_image(inception));  // 299 with the auxiliary classifier, which inference does without
  EXPECT_EQ(27161264, cnn_totals(cnn_layers(inception, 75, 75, 3, 1000)).parameters);
  for (const CnnTable& table : cnn_tables()) {
    EXPECT_TRUE(cnn_layers(table, 0, 224, 3, 1000).empty()) << table.id;
    EXPECT_TRUE(cnn_layers(table, 224, 224, 0, 1000).empty()) << table.id;
    EXPECT_TRUE(cnn_layers(table, 224, 2000000000, 3, 1000).empty()) << table.id;
    EXPECT_LE(cnn_smallest_image(table), table.input_size) << table.id;
  }
}

TEST(Cnn, MoreImageNeverNeedsFewerActivations) {
  for (const CnnTable& table : cnn_tables()) {
    std::int64_t before = 0;
    for (int side = 96; side <= 512; side += 32) {
      const CnnTotals totals = cnn_totals(cnn_layers(table, side, side, 3, 1000));
      EXPECT_GE(totals.activations, before) << table.id << " " << side;
      before = totals.activations;
    }
    EXPECT_GT(before, 0) << table.id;
  }
}

TEST(Cnn, TablesAreFoundWithoutTheirPublisher) {
  EXPECT_EQ(find_cnn("torchvision/resnet50"), find_cnn("ResNet50"));
  EXPECT_EQ(nullptr, find_cnn("resnet51"));
}

}  // namespace
}  // namespace vram
