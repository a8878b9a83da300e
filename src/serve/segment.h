#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "image/decode_options.h"
#include "serve/models.h"
#include "serve/work_queue.h"

namespace bcnet::serve {

/// What POST /v1/segment answers with.
enum class Answer { json, mask, overlay, probability };

/// By ?output=mask|overlay|probability, else by Accept: application/json, image/png for the mask,
/// image/png; output=overlay. None where nothing of what is accepted can be made. Throws
/// Error(usage) for an output that there is not and an Accept that cannot be read.
std::optional<Answer> choose_answer(std::string_view accept, const std::string& output);

/// What a request to /v1/segment says: where its image lies, and how it is to be answered.
struct SegmentRequest {
  std::string_view image;  ///< within the request's body
  std::string name = "image";
  std::string content_type;  ///< lower case: "image/png"; empty: none is given
  std::string output;        ///< empty: by Accept
  std::string model;         ///< empty: the first one
};

/// output and model come from the query or from fields of a form. Throws Error(usage) for other
/// names and for one that comes twice, Error(data) for a Content-Type that is no image and no form,
/// and for a form that is damaged or has not one image.
SegmentRequest read_segment_request(const Request& request);

/// The request's image, its mask, and the answer made of it. The image is looked at when the work's
/// turn comes.
std::unique_ptr<Work> segment_work(std::shared_ptr<const Request> request, SegmentRequest wanted,
                                   std::shared_ptr<const Model> model, Answer answer,
                                   const DecodeOptions& decode);

}  // namespace bcnet::serve
