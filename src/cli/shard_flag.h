#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "bcnet/segmenter.h"
#include "cli/make_engine.h"
#include "core/json.h"
#include "core/shard.h"

namespace bcnet::cli {

/// Registers --shard; text must outlive the command. help: what a share is for this verb.
CLI::Option* add_shard_flag(CLI::App& command, std::string& text, const std::string& help);

/// None where it was not given. Throws Error(usage) for what is no share.
std::optional<Shard> shard_of(const std::string& text);

/// What of a model must be alike in all shares: its bytes, not where they lie.
Json model_settings(const ModelInfo& model, const EngineFlags& flags);

}  // namespace bcnet::cli
