#include "metrics/nearest.h"

#include <cmath>
#include <cstdint>

namespace bcnet::metrics {
namespace {

constexpr int none = -1;

/// Row of the nearest foreground pixel within each pixel's own column, or none.
std::vector<int> nearest_rows(const MaskView& mask) {
  const auto width = static_cast<std::size_t>(mask.width);
  std::vector<int> rows(mask.size(), none);
  for (int x = 0; x < mask.width; ++x) {
    const auto at = [&](int y) { return static_cast<std::size_t>(y) * width + x; };
    int above = none;
    for (int y = 0; y < mask.height; ++y) {
      above = mask.data[at(y)] != 0 ? y : above;
      rows[at(y)] = above;
    }
    int below = none;
    for (int y = mask.height - 1; y >= 0; --y) {
      below = mask.data[at(y)] != 0 ? y : below;
      int& row = rows[at(y)];
      if (below != none && (row == none || below - y < y - row)) {
        row = below;
      }
    }
  }
  return rows;
}

/// Squares of the distances from one row to the nearest foreground pixel of each column.
class RowDistances {
 public:
  RowDistances(const int* rows, int y) : rows_(rows), y_(y) {}

  bool has(int column) const { return rows_[column] != none; }
  std::int64_t vertical(int column) const {
    const std::int64_t d = rows_[column] - y_;
    return d * d;
  }
  std::int64_t operator()(int x, int column) const {
    const std::int64_t d = x - column;
    return d * d + vertical(column);
  }
  /// The last x at which left's pixel is at least as near as right's, where there is one.
  std::int64_t last_of(int left, int right) const {
    const std::int64_t l = left, r = right;
    return (r * r - l * l + vertical(right) - vertical(left)) / (2 * (r - l));
  }

 private:
  const int* rows_;
  int y_;
};

/// A column whose pixel is the nearest one from x = from onwards.
struct Piece {
  int column;
  int from;
};

/// The lower envelope of one row: which column's pixel is the nearest from where.
void find_pieces(const RowDistances& distances, int width, std::vector<Piece>& pieces) {
  pieces.clear();
  for (int column = 0; column < width; ++column) {
    if (!distances.has(column)) {
      continue;
    }
    while (!pieces.empty() && distances(pieces.back().from, pieces.back().column) >
                                  distances(pieces.back().from, column)) {
      pieces.pop_back();
    }
    if (pieces.empty()) {
      pieces.push_back({column, 0});
      continue;
    }
    const std::int64_t from = distances.last_of(pieces.back().column, column) + 1;
    if (from < width) {
      pieces.push_back({column, static_cast<int>(from)});
    }
  }
}

}  // namespace

NearestForeground nearest_foreground(const MaskView& mask) {
  const std::vector<int> rows = nearest_rows(mask);
  const auto width = static_cast<std::size_t>(mask.width);
  NearestForeground nearest;
  std::vector<Piece> pieces;
  for (int y = 0; y < mask.height; ++y) {
    const int* row = rows.data() + static_cast<std::size_t>(y) * width;
    const RowDistances distances(row, y);
    find_pieces(distances, mask.width, pieces);
    if (pieces.empty()) {
      return {};  // no column has foreground, in this row as in any
    }
    std::size_t piece = 0;
    for (int x = 0; x < mask.width; ++x) {
      while (piece + 1 < pieces.size() && pieces[piece + 1].from <= x) {
        ++piece;
      }
      const int column = pieces[piece].column;
      nearest.index.push_back(static_cast<std::size_t>(row[column]) * width + column);
      nearest.distance.push_back(std::sqrt(static_cast<double>(distances(x, column))));
    }
  }
  return nearest;
}

}  // namespace bcnet::metrics
