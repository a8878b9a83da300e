#include "core/html.h"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace bcnet {
namespace {

TEST(EscapeHtml, LeavesNothingThatAPageWouldRun) {
  EXPECT_EQ(escape_html("<img src=\"x\" onerror='a&b'>.jpg").text(),
            "&lt;img src=&quot;x&quot; onerror=&#39;a&amp;b&#39;&gt;.jpg");
  EXPECT_EQ(escape_html("息肉 1.jpg").text(), "息肉 1.jpg");
}

// What makes a page is markup, and text from outside is not: neither of these compiles.
template <typename T, typename = void>
struct CanBeAdded : std::false_type {};
template <typename T>
struct CanBeAdded<T, std::void_t<decltype(std::declval<Markup&>() += std::declval<T>())>>
    : std::true_type {};

TEST(Markup, IsNotMadeOfText) {
  static_assert(CanBeAdded<Markup>::value && CanBeAdded<MarkupLiteral>::value);
  static_assert(!CanBeAdded<std::string>::value);
  static_assert(!CanBeAdded<const char*>::value);
  static_assert(!CanBeAdded<const char(&)[4]>::value);
  static_assert(!std::is_constructible_v<Markup, std::string>);
  static_assert(!std::is_constructible_v<Markup, const char*>);
  static_assert(!std::is_constructible_v<Markup, std::string_view>);
  static_assert(!std::is_constructible_v<MarkupLiteral, std::string_view>);
  static_assert(!std::is_constructible_v<MarkupLiteral, const char*>);
}

TEST(Markup, EscapesTextAndTakesMarkupAsItIs) {
  const std::string name = "<script>";
  const Markup bold = "<b>{}</b>"_html(name);
  EXPECT_EQ(bold.text(), "<b>&lt;script&gt;</b>");
  EXPECT_EQ("<p title='{0}'>{1}, {2:.1f}, {3}</p>"_html("it's", bold, 0.25, 7).text(),
            "<p title='it&#39;s'><b>&lt;script&gt;</b>, 0.2, 7</p>");
  EXPECT_EQ("<i>{}</i>"_html("<br>"_html).text(), "<i><br></i>");
}

TEST(Markup, LeavesALiteralAsItStands) {
  Markup html = "<style>a{color:red}</style>"_html;
  html += "<p>"_html;
  EXPECT_EQ((html + "</p>"_html).text(), "<style>a{color:red}</style><p></p>");
}

// The three test vectors of RFC 4648, section 10, that differ in padding.
TEST(DataUri, IsBase64) {
  EXPECT_EQ(data_uri("image/png", "foo").text(), "data:image/png;base64,Zm9v");
  EXPECT_EQ(data_uri("image/png", "foob").text(), "data:image/png;base64,Zm9vYg==");
  EXPECT_EQ(data_uri("image/png", "fooba").text(), "data:image/png;base64,Zm9vYmE=");
  EXPECT_EQ(data_uri("a/b", "").text(), "data:a/b;base64,");
}

}  // namespace
}  // namespace bcnet
