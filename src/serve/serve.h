#pragma once

#include "serve/models.h"
#include "serve/options.h"

namespace bcnet::serve {

/// Serves until SIGTERM or SIGINT and what is then under way is answered. Models are loaded while
/// it already answers that it lives; one that cannot be loaded ends it. Throws Error.
void serve(const ServeOptions& options, const LoadEngines& load);

/// Throws Error(usage) for names that are no names, come twice or end in what marks the models that
/// take images.
void check_names(const std::vector<ModelFile>& models);

}  // namespace bcnet::serve
