#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/json.h"
#include "serve/models.h"
#include "serve/work_queue.h"

namespace bcnet::serve {

/// A model under one of its two names in the Open Inference Protocol v2: NAME takes normalised
/// numbers and gives logits, NAME-image takes pixels and gives a mask.
struct ProtocolModel {
  std::string name;
  std::shared_ptr<const Model> model;
  bool takes_images = false;
};

/// Ends the names of those that take images; no model file may be called so.
constexpr const char* image_suffix = "-image";

/// None where there is no model of this name (yet).
std::optional<ProtocolModel> find_protocol_model(const Models& models, const std::string& name);

Json server_metadata();
Json model_metadata(const ProtocolModel& model);

/// POST …/infer. The body is read when the work's turn comes. Throws Error(data) where its headers
/// are wrong.
std::unique_ptr<Work> infer_work(std::shared_ptr<const Request> request, ProtocolModel model,
                                 std::uint64_t max_pixels);

}  // namespace bcnet::serve
