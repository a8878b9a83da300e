#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "nn/pinned.h"
#include "nn/weights_samples.h"
#include "support/temporary_folder.h"

namespace bcnet::nn {
namespace {

using namespace std::string_literals;
using test::model_error;
using testing::HasSubstr;

struct Container : testing::TestWithParam<std::string> {
  static std::filesystem::path file(const std::string& name) {
    return test::nn_data(name + "_" + GetParam() + ".pth");
  }
};

TEST_P(Container, HoldsWhatPythonWrote) {
  auto tensors = load_weights(file("small")).tensors;
  EXPECT_TRUE(tensors["parameter"].equal(torch::tensor({4.0F})));
  tensors.erase("parameter");
  test::expect_same(tensors, test::small_tensors());
}

TEST_P(Container, KeepsStridesAndSharedStorages) {
  auto tensors = load_pth(file("small")).tensors;
  EXPECT_EQ(tensors["turned"].strides().vec(), (std::vector<std::int64_t>{1, 4}));
  EXPECT_TRUE(tensors["turned"].is_alias_of(tensors["middle"]));
  EXPECT_FALSE(tensors["turned"].is_alias_of(tensors["f32"]));
}

TEST_P(Container, FindsAStateDictInACheckpoint) {
  const auto tensors = load_pth(file("checkpoint")).tensors;
  test::expect_same(tensors, {{"w", torch::ones({2})}});
}

TEST_P(Container, LeavesUnreadWhatATrainingProgramKeepsBesideTheWeights) {
  const auto weights = load_weights(file("wrapped"));
  test::expect_same(weights.tensors, {{"weight", torch::tensor({{1.0F, 2.0F}})}});
  EXPECT_THAT(weights.unread, testing::UnorderedElementsAre("optimizer (dict)", "epoch (int)",
                                                            "args (argparse.Namespace)",
                                                            HasSubstr("score (numpy")));
}

TEST_P(Container, RefusesCodeByItsName) {
  const auto message = model_error([] { load_weights(file("hostile")); });
  EXPECT_THAT(message, HasSubstr(file("hostile").string()));
  EXPECT_THAT(message, HasSubstr("names __builtin__.eval, which is refused"));
}

INSTANTIATE_TEST_SUITE_P(All, Container, testing::Values("zip", "old"),
                         [](const auto& test) { return test.param; });

// An old container around an object's pickle.
std::string old_container(const std::string& object) {
  return "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s  // magic number
         "\x80\x02M\xe9\x03."s                                         // version 1001
         "\x80\x02}."s +                                               // nothing of the system
         object +
         "\x80\x02]."s;  // no storages
}

std::string refused_pth(const std::string& bytes) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "bad.pth", bytes);
  const auto message = model_error([&] { load_pth(folder / "bad.pth"); });
  EXPECT_EQ(message.rfind((folder / "bad.pth").string() + ": ", 0), 0U) << message;
  return message;
}

TEST(LoadPth, RefusesAnyGlobalWhereverItStands) {
  EXPECT_THAT(refused_pth(old_container("\x80\x02"
                                        "cos\nsystem\nX\x02\0\0\0id\x85R."s)),
              HasSubstr("names os.system, which is refused"));
  // Named and dropped again, never called.
  EXPECT_THAT(refused_pth(old_container("\x80\x02"
                                        "cposix\nsystem\n0}."s)),
              HasSubstr("names posix.system"));
  // By the opcode of protocol 4.
  EXPECT_THAT(refused_pth(old_container("\x80\x04\x8c\x08"
                                        "builtins\x8c\x04"
                                        "eval\x93."s)),
              HasSubstr("names builtins.eval"));
  // Through a name that is allowed.
  EXPECT_THAT(refused_pth(old_container("\x80\x04\x8c\x0b"
                                        "collections\x8c\x14"
                                        "OrderedDict.__init__\x93."s)),
              HasSubstr("names collections.OrderedDict.__init__"));
  // Beside weights, and by one of the functions that fetch others.
  EXPECT_THAT(refused_pth(old_container("\x80\x02}X\x01\0\0\0acoperator\nattrgetter\ns."s)),
              HasSubstr("names operator.attrgetter"));
  EXPECT_THAT(refused_pth(old_container("\x80\x02"
                                        "cimportlib._bootstrap\n_call\n."s)),
              HasSubstr("names importlib._bootstrap._call"));
  // In place of the magic number.
  EXPECT_THAT(refused_pth("\x80\x02"
                          "cos\nsystem\n."s),
              HasSubstr("names os.system"));
  EXPECT_THAT(refused_pth(old_container("\x80\x02"
                                        "cos\nsys\x1b\ntem\n."s)),
              HasSubstr("names os.sys?"));
}

TEST(LoadPth, RefusesOpcodesThatMakeObjects) {
  for (const char opcode : {'i', 'o', '\x82', 'P', 'I', '\x97'}) {
    EXPECT_THAT(refused_pth(old_container("\x80\x02("s + opcode + "a\nb\n.")),
                HasSubstr("opcode 0x"));
  }
}

TEST(LoadPth, CallsOnlyWithFittingArguments) {
  EXPECT_THAT(refused_pth(old_container("\x80\x02"
                                        "ccollections\nOrderedDict\nK\x01\x85R."s)),
              HasSubstr("collections.OrderedDict: found arguments"));
  EXPECT_THAT(refused_pth(old_container("\x80\x02"
                                        "ctorch._utils\n_rebuild_tensor_v2\n)R."s)),
              HasSubstr("found 0 arguments"));
  EXPECT_THAT(refused_pth(old_container("\x80\x02"
                                        "ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x01))tR."s)),
              HasSubstr("tensor's storage: found int, allowed is storage"));
  EXPECT_THAT(refused_pth(old_container("\x80\x02]K\x01\x85R."s)), HasSubstr("object called"));
  EXPECT_THAT(refused_pth(old_container("\x80\x02]}b."s)), HasSubstr("object given a state"));
}

TEST(LoadPth, RefusesStacksThatRunEmpty) {
  for (const char* program : {".", "0.", "R.", "a.", "e.", "s.", "u.", "t.", "(.", "(0.", "Q.",
                              "\x86.", "]]s.", "}(K\x01u.", "h\x07.", "b.", "2."}) {
    refused_pth(old_container("\x80\x02"s + program));
  }
}

// A state dict of one name, whose value is what the program leaves.
std::string state_dict_of(const std::string& program) {
  return old_container("\x80\x02}X\x01\0\0\0w"s + program + "s.");
}

TEST(LoadPth, MakesNothingOfForeignObjects) {
  const std::string object = "cnumpy\nndarray\n";
  for (const std::string& program :
       {object + "K\x01\x85R", object + "K\x01\x85\x81", object + "(tN\x92",
        object + "(tRK\x01\x62", object + "K\x01\x61", object + "(K\x01K\x02u"}) {
    EXPECT_THAT(refused_pth(state_dict_of(program)),
                HasSubstr("'w' is a numpy.ndarray, allowed is a tensor"));
  }
  EXPECT_THAT(refused_pth(state_dict_of("\x8f(K\x01\x90")), HasSubstr("'w' is a set"));
  EXPECT_THAT(refused_pth(state_dict_of("(K\x01\x91")), HasSubstr("'w' is a frozenset"));
  EXPECT_THAT(refused_pth(state_dict_of("C\x02"
                                        "ab")),
              HasSubstr("'w' is a bytes"));
  EXPECT_THAT(refused_pth(state_dict_of("](K\x01\x90")), HasSubstr("object added to"));
  EXPECT_THAT(refused_pth(state_dict_of("]K\x01\x85\x81")), HasSubstr("class of an object"));
  EXPECT_THAT(refused_pth(old_container("\x80\x02"
                                        "c__main__\nNet\n)R."s)),
              HasSubstr("holds a __main__.Net, allowed is a state dict: a whole network is code"));
}

TEST(LoadWeights, TakesOffWhatWrapsAllNames) {
  const test::TemporaryFolder folder;
  const auto names = [&](const std::vector<std::string>& stored) {
    WeightFile file;
    for (const auto& name : stored) {
      file.tensors[name] = torch::ones({1});
    }
    save_safetensors(folder / "w.safetensors", file);
    std::vector<std::string> found;
    for (const auto& item : load_weights(folder / "w.safetensors").tensors) {
      found.push_back(item.first);
    }
    return found;
  };
  using testing::ElementsAre;
  EXPECT_THAT(names({"module.a", "module.b"}), ElementsAre("a", "b"));
  EXPECT_THAT(names({"module._orig_mod.model.a"}), ElementsAre("a"));
  EXPECT_THAT(names({"n_averaged", "module.a"}), ElementsAre("a"));
  // Not of all: these are names of the network's own.
  EXPECT_THAT(names({"model.a", "head.b"}), ElementsAre("head.b", "model.a"));
  EXPECT_THAT(names({"modulea", "moduleb"}), ElementsAre("modulea", "moduleb"));
  EXPECT_THAT(names({"module."}), ElementsAre("module."));
  EXPECT_THAT(names({"n_averaged"}), ElementsAre("n_averaged"));
}

TEST(LoadPth, SurvivesObjectsThatHoldThemselves) {
  EXPECT_THAT(refused_pth(old_container("\x80\x02}q\0X\x01\0\0\0wh\0s."s)),
              HasSubstr("state dict: 'w' is a dict, allowed is a tensor"));
}

// A pickle of {"w": tensor} on a storage of elements floats, and the storage behind it.
std::string pth_of_one_tensor(const std::string& offset, const std::string& size,
                              const std::string& stride, std::uint8_t elements) {
  const std::string object =
      "\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n("s
      "(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0kX\x03\0\0\0cpuK"s +
      static_cast<char>(elements) + "NtQ" + offset + size + "\x85" + stride + "\x85\x89NtRs.";
  std::string file = old_container(object);
  file.resize(file.size() - 4);
  file += "\x80\x02](X\x01\0\0\0ke."s + static_cast<char>(elements) + std::string(7, '\0');
  return file + std::string(elements * 4U, '\0');
}

TEST(LoadPth, ReadsATensorWithinItsStorage) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "good.pth", pth_of_one_tensor("K\x01", "K\x02", "K\x03", 5));
  const auto w = load_pth(folder / "good.pth").tensors.at("w");
  EXPECT_TRUE(w.equal(torch::zeros({2})));
  EXPECT_EQ(w.storage_offset(), 1);
}

/// pth_of_one_tensor's file with its dictionary below these keys, one in the other.
std::string below(const std::vector<std::string>& keys) {
  std::string file = pth_of_one_tensor("K\x01", "K\x02", "K\x03", 5);
  const std::string inner = "X\x01\0\0\0wctorch"s;
  std::string opened;
  for (const std::string& key : keys) {
    opened += "X"s + static_cast<char>(key.size()) + "\0\0\0"s + key + "}";
  }
  file.insert(file.find(inner), opened);
  file.insert(file.find("Rs.\x80") + 1, std::string(keys.size(), 's'));
  return file;
}

TEST(LoadPth, FindsAStateDictBelowTheKeysOfTrainingPrograms) {
  const test::TemporaryFolder folder;
  for (const std::vector<std::string>& keys :
       std::vector<std::vector<std::string>>{{"network_weights"},
                                             {"params"},
                                             {"params_ema"},
                                             {"ema_state_dict"},
                                             {"checkpoint", "model"}}) {
    test::write_text(folder / "w.pth", below(keys));
    EXPECT_EQ(load_pth(folder / "w.pth").tensors.count("w"), 1U) << keys.front();
  }
  EXPECT_THAT(refused_pth(below({"unheard_of"})),
              HasSubstr("'unheard_of' is a dict, allowed is a tensor; a state dict is also looked "
                        "for below state_dict, model_state_dict, model, net, network, "
                        "network_weights"));
}

TEST(LoadPth, RefusesTensorsThatLeaveTheirStorage) {
  const std::string huge = "\x8a\x08\0\0\0\0\0\0\0\x70"s;  // 0x7000000000000000
  const std::string minus = "J\xff\xff\xff\xff";
  const std::vector<std::array<std::string, 3>> cases{
      {"K\x01", "K\x03", "K\x02"}, {"K\x00"s, "K\x06", "K\x01"}, {minus, "K\x01", "K\x01"},
      {"K\x00"s, minus, "K\x01"},  {"K\x04", "K\x02", minus},    {"K\x06", "K\x00"s, "K\x01"},
      {huge, "K\x01", "K\x01"},    {"K\x00"s, huge, "K\x00"s},   {"K\x00"s, "K\x03", huge},
      {huge, "K\x02", huge},       {"K\x00"s, "K\x00"s, minus},
  };
  for (const auto& [offset, size, stride] : cases) {
    EXPECT_THAT(refused_pth(pth_of_one_tensor(offset, size, stride, 5)), HasSubstr("tensor 'w': "));
  }
}

TEST(LoadPth, RefusesWhatIsNoStateDict) {
  EXPECT_THAT(refused_pth(old_container("\x80\x02K\x01."s)), HasSubstr("holds a int"));
  EXPECT_THAT(refused_pth(old_container("\x80\x02}K\x01K\x01s."s)), HasSubstr("key of type int"));
  EXPECT_THAT(refused_pth("\x80\x02K\x01."s), HasSubstr("without PyTorch's magic number"));
  EXPECT_THAT(refused_pth("hello"), HasSubstr("neither a zip archive nor a pickle"));
  EXPECT_THAT(refused_pth(""), HasSubstr("neither a zip archive nor a pickle"));
  EXPECT_THAT(refused_pth(old_container("\x80\x02}."s) + "rest"),
              HasSubstr("4 bytes after the last"));
  EXPECT_THAT(refused_pth("PK\3\4 and no more of a zip archive"), HasSubstr("zip: "));
}

TEST(LoadPth, TakesNoMoreMemoryThanAWeightFileNeeds) {
  // Three million bytes that say "an empty list", each of which would be an object; the same of
  // entries of the memo and of shapes that are fetched from it again and again.
  const auto repeated = [](const std::string& what, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) {
      text += what;
    }
    return text;
  };
  EXPECT_THAT(refused_pth(old_container("\x80\x02" + repeated("]", 3'000'000) + ".")),
              HasSubstr("would take more than 256 MB of memory"));
  EXPECT_THAT(refused_pth(old_container("\x80\x04" + repeated("]\x94", 3'000'000) + ".")),
              HasSubstr("would take more than 256 MB of memory"));
  const std::string shape = "(" + repeated("K\x01", 64) + "t";
  const std::string storage =
      "(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0kX\x03\0\0\0cpuK\x01NtQ"s;
  const std::string program = "\x80\x02(" + storage + "K\0"s + shape + shape + "tq\0"s +
                              "ctorch._utils\n_rebuild_tensor\nq\x01" +
                              repeated("h\x01h\0R"s, 400'000) + ".";
  EXPECT_THAT(refused_pth(old_container(program)),
              HasSubstr("would take more than 256 MB of memory"));
}

// A zip archive whose one entry claims so many bytes, in the fields of 64 bits.
std::string zip_that_claims(std::uint64_t size) {
  const auto number = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) {
      text += static_cast<char>(value >> (8 * i) & 0xFF);
    }
    return text;
  };
  const std::string name = "x/data.pkl";
  const std::string sizes = number(1, 2) + number(16, 2) + number(size, 8) + number(size, 8);
  const std::string common = number(45, 2) + number(0, 2) + number(0, 2) + number(0, 2) +
                             number(0x21, 2) + number(0, 4) + number(0xFFFFFFFF, 4) +
                             number(0xFFFFFFFF, 4) + number(name.size(), 2) +
                             number(sizes.size(), 2);
  const std::string local = "PK\3\4" + common + name + sizes + "nothing";
  const std::string central = "PK\1\2" + number(45, 2) + common + number(0, 2) + number(0, 2) +
                              number(0, 2) + number(0, 4) + number(0, 4) + name + sizes;
  return local + central + "PK\5\6" + number(0, 4) + number(1, 2) + number(1, 2) +
         number(central.size(), 4) + number(local.size(), 4) + number(0, 2);
}

TEST(LoadPth, RefusesAnEntryThatClaimsMoreThanTheFileHas) {
  for (const std::uint64_t size : {std::uint64_t{1} << 60, std::uint64_t{1} << 33}) {
    EXPECT_THAT(refused_pth(zip_that_claims(size)), HasSubstr("zip: "));
  }
}

TEST(LoadWeights, ReadsFilesOfMoreThanFourGibibytes) {
  // A sparse file takes no room. Its header names fewer bytes than there are, which only a reader
  // sees that takes the file at all.
  const test::TemporaryFolder folder;
  const std::string header = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  std::string begin(8, '\0');
  begin[0] = static_cast<char>(header.size());
  test::write_text(folder / "large.safetensors", begin + header);
  constexpr std::uintmax_t data = (std::uintmax_t{4} << 30) + 4;
  std::filesystem::resize_file(folder / "large.safetensors", begin.size() + header.size() + data);
  EXPECT_THAT(model_error([&] { load_weights(folder / "large.safetensors"); }),
              HasSubstr("found 4294967300 bytes of data, the header names 4"));
}

TEST(LoadWeights, RefusesAFileOfNoKnownFormat) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "model.pth", "an image, perhaps");
  EXPECT_THAT(
      model_error([&] { load_weights(folder / "model.pth"); }),
      HasSubstr("model.pth: is no weight file: allowed are safetensors and PyTorch's .pth"));
  test::write_text(folder / "model.pth", "version https://git-lfs.github.com/spec/v1\n");
  EXPECT_THAT(model_error([&] { load_weights(folder / "model.pth"); }),
              HasSubstr("looks like a Git LFS pointer: git lfs pull"));
}

}  // namespace
}  // namespace bcnet::nn
