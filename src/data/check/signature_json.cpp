#include "data/check/signature_json.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "core/base64.h"
#include "core/error.h"

namespace bcnet::data {

namespace {

/// Rows of bytes as [rows, columns, Base64].
Json to_json(const cv::Mat& bytes) {
  const cv::Mat block = bytes.isContinuous() ? bytes : bytes.clone();
  return {block.rows, block.cols,
          to_base64({reinterpret_cast<const char*>(block.data), block.total()})};
}

cv::Mat bytes_of(const Json& json) {
  const int rows = json.at(0), columns = json.at(1);
  if (rows == 0 || columns == 0) {
    return {};
  }
  const auto bytes = from_base64(json.at(2).get_ref<const std::string&>());
  if (rows < 0 || columns < 0 || rows > 1024 || columns > 1024 || !bytes ||
      bytes->size() != static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)) {
    throw Error(ErrorKind::data, "the shares are damaged: found an image of the wrong size");
  }
  cv::Mat mat(rows, columns, CV_8UC1);
  std::memcpy(mat.data, bytes->data(), bytes->size());
  return mat;
}

}  // namespace

Json to_json(const Signature& signature) {
  Json json = {{"sha256", signature.sha256}, {"thumbnail", to_json(signature.thumbnail)}};
  for (const View& view : signature.views) {
    Json points = Json::array();
    for (const cv::Point2f& point : view.points) {
      points.push_back(point.x);
      points.push_back(point.y);
    }
    json["views"].push_back({{"print", view.print.to_string()},
                             {"points", points},
                             {"descriptors", to_json(view.descriptors)}});
  }
  return json;
}

Signature signature_of(const Json& json) {
  Signature signature;
  signature.sha256 = json.at("sha256");
  signature.thumbnail = bytes_of(json.at("thumbnail"));
  for (std::size_t i = 0; i < signature.views.size(); ++i) {
    const Json& from = json.at("views").at(i);
    View& view = signature.views.at(i);
    view.print = Fingerprint(from.at("print").get<std::string>());
    const auto points = from.at("points").get<std::vector<float>>();
    for (std::size_t p = 0; p + 1 < points.size(); p += 2) {
      view.points.emplace_back(points[p], points[p + 1]);
    }
    view.descriptors = bytes_of(from.at("descriptors"));
  }
  return signature;
}

}  // namespace bcnet::data
