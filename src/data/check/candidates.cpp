#include "data/check/candidates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <tuple>
#include <utility>

#include "core/random.h"

namespace bcnet::data {

namespace {

/// 256 bits of one view of one image.
struct Word {
  std::array<std::uint64_t, 4> bits{};
  std::uint32_t image = 0;
  bool mirrored = false;
};

int distance(const Word& a, const Word& b) {
  int bits = 0;
  for (std::size_t i = 0; i < a.bits.size(); ++i) {
    bits += __builtin_popcountll(a.bits[i] ^ b.bits[i]);
  }
  return bits;
}

struct BandOptions {
  int tables = 8;          ///< bands, each of bits drawn at random
  int bits = 16;           ///< of a band
  int most_different = 0;  ///< of the 256 bits, between two words that count as equal
};

/// Pairs as numbers that sort by first, second, mirrored.
std::uint64_t pair_code(std::uint32_t first, std::uint32_t second, bool mirrored) {
  return std::uint64_t{first} << 33 | std::uint64_t{second} << 1 | (mirrored ? 1U : 0U);
}

/// Calls found(code) for pairs of near words of different images that agree in a whole band.
/// Words that agree in it are compared with the next few only: what half of a data set has in
/// common (a logo, a black corner) must not cost n², nor would it tell anything.
template <typename Found>
void match_bands(const std::vector<Word>& words, const BandOptions& options, Found found) {
  constexpr std::size_t neighbours = 24;
  SplitMix64 random(0x6263);
  struct Entry {
    std::uint32_t key;
    std::uint32_t order;
    std::uint32_t word;
  };
  std::vector<Entry> entries(words.size());
  std::array<int, 256> positions{};
  std::iota(positions.begin(), positions.end(), 0);
  for (int table = 0; table < options.tables; ++table) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(options.bits); ++i) {
      std::swap(positions[i], positions[i + random.below(positions.size() - i)]);
    }
    for (std::size_t w = 0; w < words.size(); ++w) {
      std::uint32_t key = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(options.bits); ++i) {
        const auto at = static_cast<std::size_t>(positions[i]);
        key = key << 1 | static_cast<std::uint32_t>(words[w].bits[at / 64] >> at % 64 & 1U);
      }
      // Within a crowded band, who is near whom differs from table to table.
      entries[w] = {key, static_cast<std::uint32_t>(random.next()), static_cast<std::uint32_t>(w)};
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.key, a.order) < std::tie(b.key, b.order);
    });
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const Word& a = words[entries[i].word];
      const std::size_t end = std::min(entries.size(), i + 1 + neighbours);
      for (std::size_t j = i + 1; j < end && entries[j].key == entries[i].key; ++j) {
        const Word& b = words[entries[j].word];
        if (a.image == b.image || (a.mirrored && b.mirrored) ||
            distance(a, b) > options.most_different) {
          continue;
        }
        // Mirroring either side is the same up to mirroring both.
        found(pair_code(std::min(a.image, b.image), std::max(a.image, b.image),
                        a.mirrored != b.mirrored));
      }
    }
  }
}

std::vector<Word> fingerprint_words(const std::vector<Signature>& signatures) {
  std::vector<Word> words;
  for (std::size_t s = 0; s < signatures.size(); ++s) {
    for (std::size_t v = 0; v < 2; ++v) {
      Word word;
      word.image = static_cast<std::uint32_t>(s);
      word.mirrored = v == 1;
      const Fingerprint& print = signatures[s].views[v].print;
      for (std::size_t bit = 0; bit < print.size(); ++bit) {
        word.bits[bit / 64] |= std::uint64_t{print[bit]} << bit % 64;
      }
      words.push_back(word);
    }
  }
  return words;
}

std::vector<Word> corner_words(const std::vector<Signature>& signatures) {
  std::vector<Word> words;
  for (std::size_t s = 0; s < signatures.size(); ++s) {
    for (std::size_t v = 0; v < 2; ++v) {
      const cv::Mat& descriptors = signatures[s].views[v].descriptors;
      for (int row = 0; row < descriptors.rows; ++row) {
        Word word;
        word.image = static_cast<std::uint32_t>(s);
        word.mirrored = v == 1;
        std::memcpy(word.bits.data(), descriptors.ptr(row), sizeof word.bits);
        words.push_back(word);
      }
    }
  }
  return words;
}

Candidate candidate_of(std::uint64_t code) {
  Candidate candidate;
  candidate.first = static_cast<std::uint32_t>(code >> 33);
  candidate.second = static_cast<std::uint32_t>(code >> 1);
  candidate.mirrored = (code & 1U) != 0;
  return candidate;
}

/// Of each image the partners with most votes; a pair stays where either side keeps it.
std::vector<Candidate> keep_best(std::vector<Candidate> all, std::size_t images) {
  constexpr std::uint8_t most = 10;
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(b.whole, b.votes) < std::tie(a.whole, a.votes);
  });
  std::vector<std::uint8_t> kept(images);
  std::vector<Candidate> best;
  for (const Candidate& candidate : all) {
    if (kept[candidate.first] < most || kept[candidate.second] < most) {
      for (const std::uint32_t image : {candidate.first, candidate.second}) {
        kept[image] = static_cast<std::uint8_t>(std::min<int>(most, kept[image] + 1));
      }
      best.push_back(candidate);
    }
  }
  std::sort(best.begin(), best.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.first, a.second, a.mirrored) < std::tie(b.first, b.second, b.mirrored);
  });
  return best;
}

}  // namespace

std::vector<Candidate> find_candidates(const std::vector<Signature>& signatures) {
  constexpr std::uint32_t fewest_votes = 4;
  std::vector<std::uint64_t> whole;
  match_bands(fingerprint_words(signatures), {16, 16, near_duplicate_bits},
              [&](std::uint64_t code) { whole.push_back(code); });
  std::sort(whole.begin(), whole.end());
  whole.erase(std::unique(whole.begin(), whole.end()), whole.end());

  const std::vector<Word> corners = corner_words(signatures);
  // About as many different bands as words: then a band holds one or two by chance.
  const double words = static_cast<double>(std::max<std::size_t>(corners.size(), 2));
  const int bits = std::clamp(static_cast<int>(std::ceil(std::log2(words))), 16, 28);
  std::vector<std::uint64_t> votes;
  match_bands(corners, {8, bits, 64}, [&](std::uint64_t code) { votes.push_back(code); });
  std::sort(votes.begin(), votes.end());

  std::vector<Candidate> all;
  for (const std::uint64_t code : whole) {
    all.push_back(candidate_of(code));
    all.back().whole = true;
  }
  for (auto at = votes.begin(); at != votes.end();) {
    const auto end = std::upper_bound(at, votes.end(), *at);
    const auto count = static_cast<std::uint32_t>(end - at);
    if (count >= fewest_votes && !std::binary_search(whole.begin(), whole.end(), *at)) {
      all.push_back(candidate_of(*at));
      all.back().votes = count;
    }
    at = end;
  }
  return keep_best(std::move(all), signatures.size());
}

}  // namespace bcnet::data
