#include "cli/make_engine.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <memory>

#include "core/memory.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet::cli {
namespace {

/// True where the allocator asks the kernel for a large block and gives it back at once.
bool gives_memory_back() {
  constexpr std::size_t large = std::size_t{64} << 20;
  const auto before = mallinfo2().hblks;
  const std::unique_ptr<void, decltype(&std::free)> block(std::malloc(large), &std::free);
  return mallinfo2().hblks > before;
}

// A server or a video lasts: what one large image took goes back. Verbs of many images ask for
// the opposite themselves.
TEST(MakeEngine, LeavesTheAllocatorAsItIs) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer has an allocator of its own";
#endif
  const test::TemporaryFolder folder;
  ASSERT_TRUE(gives_memory_back());
  const auto engine = make_engine({test::TinyOnnx().write(folder / "tiny.onnx")});
  EXPECT_TRUE(gives_memory_back());
  keep_freed_memory();
  EXPECT_FALSE(gives_memory_back());
}

}  // namespace
}  // namespace bcnet::cli
