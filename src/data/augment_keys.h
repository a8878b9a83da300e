#pragma once

#include <string>
#include <vector>

#include "core/toml_reader.h"
#include "data/augment.h"

namespace bcnet::data {

/// Reads [augmentation.NAME] tables: `base`, a policy of augment_policy_names() that the
/// table starts from ("none" where it is absent), and any field of AugmentOptions. reader is
/// that of [augmentation]. Throws Error(usage) with file, line and key: a name that is taken or
/// holds more than letters, digits, - and _, an unknown key, a value out of range.
AugmentPolicies read_augment_policies(TomlReader reader);

/// The tables with every key, as read_augment_policies reads them back; empty for none.
std::string to_toml(const AugmentPolicies& policies);

/// A policy of a recipe, else one of augment_policy(). Throws Error(usage) for any other
/// name.
AugmentOptions find_augment_policy(const std::string& name, const AugmentPolicies& policies);

/// augment_policy_names() and those of a recipe.
std::vector<std::string> augment_policy_names(const AugmentPolicies& policies);

/// Throws Error(usage) for a field out of the range that recipes allow.
void check_augment(const AugmentOptions& options);

}  // namespace bcnet::data
