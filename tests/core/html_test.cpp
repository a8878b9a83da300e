#include "core/html.h"

#include <gtest/gtest.h>

namespace bcnet {
namespace {

TEST(EscapeHtml, LeavesNothingThatABrowserReads) {
  EXPECT_EQ(escape_html("<b a='1' c=\"2\">&"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;");
  EXPECT_EQ(escape_html("息肉 1.jpg"), "息肉 1.jpg");
}

// RFC 4648, section 10.
TEST(Base64, FollowsTheStandardsExamples) {
  EXPECT_EQ(base64({}), "");
  EXPECT_EQ(base64({'f'}), "Zg==");
  EXPECT_EQ(base64({'f', 'o'}), "Zm8=");
  EXPECT_EQ(base64({'f', 'o', 'o', 'b', 'a', 'r'}), "Zm9vYmFy");
}

}  // namespace
}  // namespace bcnet
