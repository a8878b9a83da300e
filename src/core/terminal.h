#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>

namespace bcnet {

/// Text from outside, a file's name or a model's licence, as it may stand in one line of a
/// terminal: control characters and bytes that are no UTF-8 as "\x1b", so that none of them moves
/// the cursor or colours what follows.
std::string printable(std::string_view text);

namespace detail {

template <typename Value>
auto printable_value(const Value& value) {
  if constexpr (std::is_convertible_v<const Value&, std::string_view>) {
    return printable(value);
  } else {
    static_assert(std::is_arithmetic_v<Value>, "text and numbers can be printed");
    return value;
  }
}

template <typename... Values>
void print_values(std::FILE* stream, fmt::string_view form, const Values&... values) {
  fmt::vprint(stream, form, fmt::make_format_args(values...));
}

}  // namespace detail

/// fmt::print for what people read: every text among the values is made printable.
template <typename... Values>
void print(std::FILE* stream, fmt::string_view form, const Values&... values) {
  detail::print_values(stream, form, detail::printable_value(values)...);
}

/// The same on stdout.
template <typename... Values>
void print(fmt::string_view form, const Values&... values) {
  print(stdout, form, values...);
}

}  // namespace bcnet
