#pragma once

#include <filesystem>

#include "core/html.h"
#include "data/check.h"
#include "image/decode_options.h"

namespace bcnet::data {

/// A check of data as one HTML page that needs no other file: every finding with thumbnails of
/// the files that it names, masks outlined; of each kind and severity the first hundred. Reads
/// these files again.
Markup check_sheet_html(const std::filesystem::path& data, const CheckResult& result,
                        const DecodeOptions& decode);

}  // namespace bcnet::data
