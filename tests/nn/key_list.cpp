#include "nn/key_list.h"

#include <sstream>
#include <vector>

#include "nn/pinned.h"
#include "support/temporary_folder.h"

namespace bcnet::test {

nn::WeightFile file_of_keys(const std::string& list) {
  nn::WeightFile file;
  std::istringstream lines(read_text(nn_data(list)));
  std::string name;
  std::string sizes;
  while (lines >> name >> sizes) {
    std::vector<std::int64_t> shape;
    std::istringstream numbers(sizes);
    for (std::string size; sizes != "scalar" && std::getline(numbers, size, ',');) {
      shape.push_back(std::stoll(size));
    }
    file.tensors[name] = torch::full(shape, 0.25);
  }
  return file;
}

}  // namespace bcnet::test
