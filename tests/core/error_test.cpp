#include "core/error.h"

#include <gmock/gmock.h>

namespace bcnet {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr ErrorKind kinds[] = {ErrorKind::io, ErrorKind::usage, ErrorKind::data, ErrorKind::model,
                               ErrorKind::interrupted};
constexpr ErrorReason reasons[] = {ErrorReason::other, ErrorReason::too_large,
                                   ErrorReason::unsupported, ErrorReason::not_found,
                                   ErrorReason::busy};

TEST(Error, ShowsNothingOfItsMessageToStrangers) {
  for (const ErrorKind kind : kinds) {
    for (const ErrorReason reason : reasons) {
      const Error error(kind, "/home/ada/secret.png: cannot be opened", reason);
      EXPECT_STREQ(error.what(), "/home/ada/secret.png: cannot be opened");
      EXPECT_FALSE(error.public_message().empty());
      EXPECT_THAT(error.public_message(), Not(HasSubstr("secret")));
      EXPECT_THAT(error.public_message(), Not(HasSubstr("/")));
    }
  }
}

TEST(Error, ShowsWhatWasMeantForThem) {
  const Error error(ErrorKind::data, "/home/ada/a.png: is empty", ErrorReason::other,
                    "the image is empty");
  EXPECT_EQ(error.public_message(), "the image is empty");
}

TEST(Error, SaysTheReasonBeforeTheKind) {
  EXPECT_EQ(Error(ErrorKind::data, "x").public_message(), "the data cannot be used");
  EXPECT_EQ(Error(ErrorKind::data, "x", ErrorReason::too_large).public_message(), "too large");
  EXPECT_EQ(Error(ErrorKind::model, "x", ErrorReason::not_found).public_message(), "not found");
}

TEST(Error, HasTheExitCodeOfItsKindWhateverTheReason) {
  for (const ErrorReason reason : reasons) {
    EXPECT_EQ(exit_code(Error(ErrorKind::io, "x", reason).kind()), 1);
    EXPECT_EQ(exit_code(Error(ErrorKind::usage, "x", reason).kind()), 2);
    EXPECT_EQ(exit_code(Error(ErrorKind::data, "x", reason).kind()), 3);
    EXPECT_EQ(exit_code(Error(ErrorKind::model, "x", reason).kind()), 4);
    EXPECT_EQ(exit_code(Error(ErrorKind::interrupted, "x", reason).kind()), 130);
  }
}

}  // namespace
}  // namespace bcnet
