#include "report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bcnet::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Page, FollowsTheReadersScreenAndNeedsNothingElse) {
  const std::string head = page_head("<run> & 'other'").text();
  EXPECT_THAT(head,
              AllOf(HasSubstr("color-scheme:light dark"), HasSubstr("prefers-color-scheme:dark"),
                    HasSubstr("<title>&lt;run&gt; &amp; &#39;other&#39;</title>"),
                    HasSubstr("charset='utf-8'"), HasSubstr("width=device-width")));
  EXPECT_THAT(head,
              AllOf(Not(HasSubstr("http")), Not(HasSubstr("url(")), Not(HasSubstr("@import"))));
}

TEST(Page, EscapesTheCellsOfATable) {
  EXPECT_EQ(html_table({{"a", "<b>"}, {"1", "&"}}).text(),
            "<div class='wide'><table>\n<tr><th>a</th><th>&lt;b&gt;</th></tr>\n"
            "<tr><td>1</td><td>&amp;</td></tr>\n</table></div>\n");
}

}  // namespace
}  // namespace bcnet::report
