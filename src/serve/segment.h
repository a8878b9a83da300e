#pragma once

#include <memory>
#include <string>

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

/// The request's image, its mask, and the answer made of it. The body is looked at when the work's
/// turn comes. Throws Error(data) for a Content-Type that is no image and no form.
std::unique_ptr<Work> segment_work(std::shared_ptr<const Request> request,
                                   std::shared_ptr<const Model> model, Answer answer,
                                   const DecodeOptions& decode);

}  // namespace bcnet::serve
