#include "infer/model_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <openvino/openvino.hpp>
#include <set>
#include <vector>

#include "core/sha256.h"
#include "infer/openvino_engine.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet::infer {
namespace {

namespace fs = std::filesystem;

TEST(Sha256, AgreesWithTheStandard) {  // FIPS 180-2, B.1
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    files.push_back(entry.path());
  }
  return files;
}

/// A folder that this thread may read and not write as long as this lives. Permissions do not stop
/// root, whose thread therefore asks for files as another user.
class ReadOnly {
 public:
  explicit ReadOnly(fs::path folder) : folder_(std::move(folder)) {
    constexpr auto read = fs::perms::group_read | fs::perms::others_read;
    constexpr auto enter = read | fs::perms::group_exec | fs::perms::others_exec;
    fs::permissions(folder_.parent_path(), enter, fs::perm_options::add);
    for (const auto& entry : fs::recursive_directory_iterator(folder_.parent_path())) {
      fs::permissions(entry.path(), entry.is_directory() ? enter : read, fs::perm_options::add);
    }
    fs::permissions(folder_, fs::perms::owner_write, fs::perm_options::remove);
    if (root_) {
      constexpr uid_t nobody = 65534;
      ::setfsuid(nobody);
    }
  }
  ~ReadOnly() {
    if (root_) {
      ::setfsuid(0);
    }
    fs::permissions(folder_, fs::perms::owner_write, fs::perm_options::add);
  }
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;

  bool holds() const { return !std::ofstream(folder_ / "probe").is_open(); }

 private:
  fs::path folder_;
  bool root_ = ::geteuid() == 0;
};

class Cached : public testing::Test {
 protected:
  fs::path folder() const { return folder_ / "models"; }

  EngineOptions options() {
    test::TinyOnnx model;
    model.bias = 0.75F;
    EngineOptions options{model.write(folder_ / "tiny.onnx"), "cpu", 1, Precision::f32};
    options.cache = folder();
    return options;
  }

  /// A logit of the tiny model, through the cache.
  float logit() { return logit(options()); }
  static float logit(const EngineOptions& settings) {
    const auto engine = make_openvino_engine(settings);
    const std::vector<std::uint8_t> input(std::size_t{3} * 32 * 64, 0);
    std::vector<float> logits(std::size_t{32} * 64);
    engine->run(input.data(), 1, 32, 64, logits.data());
    return logits[0];
  }

  void expect_right_logit() { expect_right_logit(options()); }
  static void expect_right_logit(const EngineOptions& settings) {
    EXPECT_NEAR(logit(settings), 0.75F - 0.485F / 0.229F, 1e-5);
  }

  test::TemporaryFolder folder_;
};

TEST_F(Cached, KeepsWhatWasCompiled) {
  expect_right_logit();
  const auto files = files_in(folder());
  ASSERT_EQ(files.size(), 1U);
  fs::create_hard_link(files[0], folder_ / "same");
  expect_right_logit();
  EXPECT_EQ(files_in(folder()), files);
  EXPECT_TRUE(fs::equivalent(files[0], folder_ / "same"));  // read, not written
}

TEST_F(Cached, CompilesAgainWhereTheFileIsDamaged) {
  logit();
  const fs::path file = files_in(folder()).at(0);
  const std::string whole = test::read_text(file);
  for (const std::string& damaged :
       {std::string(), std::string("short"), whole.substr(0, whole.size() / 2),
        whole.substr(0, whole.size() - 1) + '\x7F', "x" + whole}) {
    test::write_text(file, damaged);
    expect_right_logit();
    const std::string again = test::read_text(file);
    ASSERT_GT(again.size(), 64U);
    EXPECT_EQ(again.substr(0, 64), sha256(again.substr(64)));
  }
}

TEST_F(Cached, CompilesAgainWhereOpenvinoRefusesTheFile) {
  logit();
  const fs::path file = files_in(folder()).at(0);
  const std::string foreign = "a blob of another version";
  test::write_text(file, sha256(foreign) + foreign);
  expect_right_logit();
  EXPECT_GT(fs::file_size(file), 100U);
}

TEST_F(Cached, WorksWhereNothingCanBeKept) {
  test::write_text(folder(), "a file where the folder should be");
  expect_right_logit();
  EXPECT_EQ(test::read_text(folder()), "a file where the folder should be");
}

TEST_F(Cached, WorksInAFolderThatIsReadOnly) {
  const EngineOptions settings = options();
  logit();  // OpenVINO's own files are read as who we are
  const fs::path file = files_in(folder()).at(0);
  const std::string whole = test::read_text(file);
  const auto expect_same_without_writing = [&](const std::vector<fs::path>& files) {
    const ReadOnly locked(folder());
    ASSERT_TRUE(locked.holds());
    expect_right_logit(settings);
    EXPECT_EQ(files_in(folder()), files);
  };
  expect_same_without_writing({file});
  EXPECT_EQ(test::read_text(file), whole);
  test::write_text(file, "damaged, and cannot be removed");
  expect_same_without_writing({file});
  EXPECT_EQ(test::read_text(file), "damaged, and cannot be removed");
  fs::remove(file);
  expect_same_without_writing({});
}

TEST_F(Cached, WorksInAFolderThatTakesNoFiles) {
  EngineOptions settings = options();
  settings.cache = "/proc/self/fdinfo";  // of the kernel: root cannot write there either
  expect_right_logit(settings);
}

TEST_F(Cached, HoldsForOneKindOfSettings) {
  logit();
  EngineOptions threads = options();
  threads.threads = 2;
  make_openvino_engine(threads);
  EXPECT_EQ(files_in(folder()).size(), 2U);
  EngineOptions mode = options();
  mode.mode = Mode::throughput;
  make_openvino_engine(mode);
#ifdef __aarch64__  // computes one image after another whatever the mode
  EXPECT_EQ(files_in(folder()).size(), 2U);
#else
  EXPECT_EQ(files_in(folder()).size(), 3U);
#endif
}

/// Makes the file of a key look as if it was last used so many hours ago.
void age(const test::TemporaryFolder& folder, const std::string& key, int hours) {
  fs::last_write_time(folder / (key + ".compiled"),
                      fs::file_time_type::clock::now() - std::chrono::hours(hours));
}

TEST(ModelCache, KeepsTheNewestOnly) {
  const test::TemporaryFolder folder;
  const ModelCache cache(folder.path());
  for (std::size_t i = 0; i < ModelCache::most_files + 3; ++i) {
    const std::string key = std::to_string(i);
    cache.save(key, "blob " + key);
    // Within one tick of the clock all would be of one age.
    age(folder, key, 100 - static_cast<int>(i));
  }
  EXPECT_EQ(files_in(folder.path()).size(), ModelCache::most_files);
  EXPECT_FALSE(cache.load("0"));
  EXPECT_EQ(cache.load("10"), "blob 10");
}

TEST(ModelCache, KeepsWhatIsUsed) {
  const test::TemporaryFolder folder;
  const ModelCache cache(folder.path());
  for (std::size_t i = 0; i < ModelCache::most_files; ++i) {
    cache.save(std::to_string(i), "blob");
    age(folder, std::to_string(i), 100 - static_cast<int>(i));
  }
  EXPECT_TRUE(cache.load("0"));  // the first to come, and the last to be used
  cache.save("new", "blob");
  EXPECT_TRUE(cache.load("0"));
  EXPECT_FALSE(cache.load("1"));
  EXPECT_TRUE(cache.load("new"));
}

TEST(ModelCache, RemovesWhatAKilledWriterLeft) {
  const test::TemporaryFolder folder;
  const ModelCache cache(folder.path());
  test::write_text(folder / "key.compiled.tmp123-0", "half a blob");
  cache.save("key", "blob");
  EXPECT_EQ(files_in(folder.path()), std::vector<fs::path>{folder / "key.compiled"});
}

TEST(CacheKey, ChangesWithAllThatACompiledModelHoldsFor) {
  CompiledFor settings{"2026.4.1-1", {"AMD EPYC", {"avx2", "avx512f"}}, "bf16", 2, 0, "1234"};
  std::set<std::string> keys{cache_key(settings)};
  const auto expect_another = [&](const char* what, auto change) {
    CompiledFor changed = settings;
    change(changed);
    EXPECT_TRUE(keys.insert(cache_key(changed)).second) << what;
  };
  EXPECT_EQ(cache_key(settings), *keys.begin());
  expect_another("library", [](auto& s) { s.library = "2026.4.1-2"; });
  expect_another("CPU", [](auto& s) { s.cpu.model = "AMD EPYC 9B14"; });
  expect_another("CPU flags", [](auto& s) { s.cpu.flags.erase("avx512f"); });
  expect_another("precision", [](auto& s) { s.precision = "f32"; });
  expect_another("threads", [](auto& s) { s.threads = 1; });
  expect_another("mode", [](auto& s) { s.mode = 1; });
  expect_another("model", [](auto& s) { s.model_sha256 = "1235"; });
  EXPECT_TRUE(keys.insert(cache_key(settings, "another graph")).second);
}

// A release that prepares pictures in another way finds none of the old one's models.
TEST(CacheKey, HoldsTheSourceThatMakesTheGraph) {
  const auto version_of = [](const std::string& file) {
    return sha256(test::read_text(BCNET_SOURCE_DIR "/src/infer/" + file));
  };
  EXPECT_EQ(graph_version(), version_of("compile_for_cpu.cpp") + version_of("openvino_engine.cpp"));
}

TEST_F(Cached, IsNamedByAllThatItHoldsFor) {
  logit();
  const EngineOptions used = options();
  const CompiledFor settings{ov::get_openvino_version().buildNumber, host_cpu(), "f32", 1, 0,
                             sha256(test::read_text(used.model))};
  EXPECT_EQ(files_in(folder()),
            std::vector<fs::path>{folder() / (cache_key(settings) + ".compiled")});
}

TEST(ModelCache, OfNoFolderKeepsNothing) {
  const ModelCache cache({});
  cache.save("key", "blob");
  EXPECT_FALSE(cache.load("key"));
}

}  // namespace
}  // namespace bcnet::infer
