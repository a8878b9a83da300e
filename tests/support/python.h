#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bcnet::test {

/// The Python with what scripts/test-requirements.txt lists: $BCNET_TEST_PYTHON, or the one that
/// scripts/install-deps --test makes; none where there is neither.
std::optional<std::string> test_python();

inline constexpr const char* no_python =
    "no Python with scripts/test-requirements.txt; BCNET_TEST_PYTHON names one";

/// Checks (schema, file) pairs, a schema by its name in docs/reference/schemas: "eval".
void expect_schemas(const std::vector<std::pair<std::string, std::string>>& files);

}  // namespace bcnet::test
