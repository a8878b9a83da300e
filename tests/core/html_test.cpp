#include "core/html.h"

#include <gtest/gtest.h>

namespace bcnet {
namespace {

TEST(EscapeHtml, LeavesNothingThatAPageWouldRun) {
  EXPECT_EQ(escape_html("<img src=\"x\" onerror='a&b'>.jpg"),
            "&lt;img src=&quot;x&quot; onerror=&#39;a&amp;b&#39;&gt;.jpg");
  EXPECT_EQ(escape_html("息肉 1.jpg"), "息肉 1.jpg");
}

// The three test vectors of RFC 4648, section 10, that differ in padding.
TEST(DataUri, IsBase64) {
  EXPECT_EQ(data_uri("image/png", "foo"), "data:image/png;base64,Zm9v");
  EXPECT_EQ(data_uri("image/png", "foob"), "data:image/png;base64,Zm9vYg==");
  EXPECT_EQ(data_uri("image/png", "fooba"), "data:image/png;base64,Zm9vYmE=");
  EXPECT_EQ(data_uri("a/b", ""), "data:a/b;base64,");
}

}  // namespace
}  // namespace bcnet
