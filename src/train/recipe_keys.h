#pragma once

#include <string>

namespace bcnet::train {

/// Every key of a recipe as Markdown: a heading and a table for each of its tables, with type,
/// default, what is allowed and the meaning, each as parse_recipe has it. Where architectures
/// differ in one of these, or in whether they know the key at all, it says so.
std::string recipe_keys_markdown();

}  // namespace bcnet::train
