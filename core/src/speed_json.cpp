// The member "speed".
// SPDX-License-Identifier: MIT
#include "speed_json.h"

namespace vram {

namespace {

constexpr double kJoulesPerKilowattHour = 3.6e6;

}  // namespace

void write_speed(JsonWriter& writer, const SpeedEstimate& speed, bool training) {
  writer.begin_object("speed");
  writer.member("tokens_per_second", speed.tokens_per_second.expected);
  writer.member("unit", speed.counts_samples ? "samples" : "tokens");
  writer.member("low", speed.tokens_per_second.low);
  writer.member("high", speed.tokens_per_second.high);
  writer.member("step_seconds", speed.step_seconds);
  writer.member("flops", speed.flops);
  writer.member("mfu", speed.mfu);
  writer.member("bound", name_of(speed.bound));
  if (!training && !speed.counts_samples) {
    writer.member("time_to_first_token_seconds", speed.prefill_seconds);
    writer.member("prefill_tokens_per_second", speed.prefill_tokens_per_second);
  }
  writer.begin_object("parts");
  writer.member("compute_seconds", speed.compute_seconds);
  writer.member("traffic_seconds", speed.traffic_seconds);
  writer.member("launch_seconds", speed.launch_seconds);
  writer.member("communication_seconds", speed.communication_seconds);
  writer.member("bubble_seconds", speed.bubble_seconds);
  if (speed.rollout_seconds > 0) writer.member("rollout_seconds", speed.rollout_seconds);
  writer.end_object();
  if (speed.watts > 0) {
    writer.member("watts", speed.watts);
    writer.member("joules_per_token", speed.joules_per_token);
  }
  if (speed.run_tokens > 0) {
    writer.member("run_tokens", speed.run_tokens);
    writer.member("run_seconds", speed.run_seconds);
    if (speed.watts > 0) writer.member("run_kwh", speed.watts * speed.run_seconds / kJoulesPerKilowattHour);
  }
  writer.end_object();
}

}  // namespace vram
