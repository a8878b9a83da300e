#pragma once

#include <filesystem>
#include <string>

namespace bcnet {

/// Parts of the program that few verbs need lie in shared libraries of their own, which are loaded
/// at the first use: what they stand on takes tenths of a second to load.

/// Where a module lies, beside the program: "bcnet-train.so". It need not be there.
std::filesystem::path module_file(const std::string& name);

/// What the other symbols of the process see of a module.
enum class ModuleSymbols { hidden, shown };

/// Loads a module for good and gives what its function gives: a table that begins with the version
/// of its build. Throws Error(io) where it cannot be loaded, has no such function or is of another
/// version than the program.
const void* load_module(const std::filesystem::path& file, const char* function,
                        ModuleSymbols symbols);

}  // namespace bcnet
