#include "image/mask_reading.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

namespace bcnet {

namespace {

constexpr double largest_number = 4294967295.0;  ///< of 32 bits
constexpr std::size_t most_numbers = 1000;

const std::pair<const char*, MaskMeaning> names[] = {{"auto", MaskMeaning::automatic},
                                                     {"half", MaskMeaning::half},
                                                     {"nonzero", MaskMeaning::nonzero},
                                                     {"alpha", MaskMeaning::alpha}};

bool parse_numbers(const std::string& text, std::vector<double>& numbers) {
  std::istringstream list(text);
  for (std::string one; std::getline(list, one, ',');) {
    if (one.empty() || one.size() > 10 || numbers.size() == most_numbers ||
        one.find_first_not_of("0123456789") != std::string::npos) {
      return false;
    }
    numbers.push_back(std::stod(one));
    if (numbers.back() > largest_number) {
      return false;
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return !numbers.empty() && text.back() != ',';
}

}  // namespace

bool parse_mask_values(const std::string& text, MaskReading& reading) {
  for (const auto& [name, meaning] : names) {
    if (text == name) {
      reading.meaning = meaning;
      reading.indices.clear();
      return true;
    }
  }
  const std::string prefix = "index:";
  std::vector<double> numbers;
  if (text.rfind(prefix, 0) != 0 || !parse_numbers(text.substr(prefix.size()), numbers)) {
    return false;
  }
  reading.meaning = MaskMeaning::index;
  reading.indices = std::move(numbers);
  return true;
}

bool parse_ignore_value(const std::string& text, MaskReading& reading) {
  std::istringstream number(text);
  double value = 0;
  if (text.size() > 20 || !(number >> value) || !number.eof() ||
      !(std::abs(value) <= largest_number)) {
    return false;
  }
  reading.ignore = value;
  return true;
}

std::string mask_values_text(const MaskReading& reading) {
  for (const auto& [name, meaning] : names) {
    if (reading.meaning == meaning) {
      return name;
    }
  }
  std::string text = "index:";
  for (const double number : reading.indices) {
    text += (text.back() == ':' ? "" : ",") + value_text(number);
  }
  return text;
}

std::string value_text(double value) {
  std::ostringstream text;
  text.precision(value == std::floor(value) ? 15 : 4);
  text << value;
  return text.str();
}

}  // namespace bcnet
