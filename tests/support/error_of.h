#pragma once

#include <gtest/gtest.h>

#include <string>

#include "bcnet/error.h"

namespace bcnet::test {

/// The message of the Error that action throws, which must be of this kind; "no error" where
/// it throws none.
template <typename Action>
std::string error_of(ErrorKind kind, Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "no error";
}

}  // namespace bcnet::test
