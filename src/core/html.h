#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <type_traits>

namespace bcnet {

/// HTML or SVG that may stand in a page. It is made of the source's own literals ("<p>{}</p>"_html)
/// and of nothing else: text from outside, a file's name or a message, gets in through a literal's
/// fields, which escape it. Anything else does not compile.
class Markup {
 public:
  Markup() = default;

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }

  Markup& operator+=(const Markup& more) {
    text_ += more.text_;
    return *this;
  }
  friend Markup operator+(Markup first, const Markup& second) {
    first += second;
    return first;
  }

 private:
  friend class MarkupLiteral;
  friend Markup escape_html(std::string_view text);
  friend Markup data_uri(std::string_view media_type, std::string_view bytes);
  explicit Markup(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

/// Text as it may stand in an HTML document, between tags or in a quoted attribute.
Markup escape_html(std::string_view text);

/// Bytes as a data: URI of this media type, "image/jpeg", so that a page needs no other file.
Markup data_uri(std::string_view media_type, std::string_view bytes);

/// What "..."_html makes. Left alone it is markup as it stands, braces too; called with values it
/// is a form as fmt has them: text is escaped, numbers are formatted, markup goes in as it is.
/// A field in an attribute stands in quotes; none stands in a script or a tag's name.
class MarkupLiteral {
 public:
  operator Markup() const { return Markup(std::string(text_)); }

  template <typename... Values>
  Markup operator()(const Values&... values) const {
    return fill(text_, prepared(values)...);
  }

 private:
  friend constexpr MarkupLiteral operator""_html(const char* text, std::size_t size);
  constexpr explicit MarkupLiteral(std::string_view text) : text_(text) {}

  template <typename Value>
  static auto prepared(const Value& value) {
    if constexpr (std::is_same_v<Value, Markup>) {
      return std::string_view(value.text());
    } else if constexpr (std::is_same_v<Value, MarkupLiteral>) {
      return value.text_;
    } else if constexpr (std::is_convertible_v<const Value&, std::string_view>) {
      return escape_html(value).text();
    } else {
      static_assert(std::is_arithmetic_v<Value> && !std::is_same_v<Value, char>,
                    "text, numbers and markup can be put into markup");
      return value;
    }
  }
  template <typename... Prepared>
  static Markup fill(std::string_view form, const Prepared&... values) {
    return Markup(fmt::vformat(form, fmt::make_format_args(values...)));
  }

  std::string_view text_;
};

constexpr MarkupLiteral operator""_html(const char* text, std::size_t size) {
  return MarkupLiteral({text, size});
}

}  // namespace bcnet
