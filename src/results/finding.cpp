#include "results/finding.h"

namespace bcnet::results {

namespace {

Json polyp_json(const Polyp& polyp) {
  Json polygon = Json::array();
  for (const Point& corner : polyp.polygon) {
    polygon.push_back({corner.x, corner.y});
  }
  return {{"polygon", polygon},
          {"box", {polyp.box.x, polyp.box.y, polyp.box.width, polyp.box.height}},
          {"area_percent", polyp.area_percent},
          {"confidence", polyp.confidence}};
}

}  // namespace

Finding summarize(const Segmentation& found) {
  Finding finding;
  finding.polyps = found.regions.size();
  finding.milliseconds = found.milliseconds;
  for (const Polyp& polyp : found.regions) {
    finding.area_percent += polyp.area_percent;
    finding.confidence += polyp.area_percent * polyp.confidence;
  }
  finding.confidence = finding.polyps > 0 ? finding.confidence / finding.area_percent : 0.0;
  return finding;
}

Json to_json(const std::string& image, const Finding& finding) {
  return {{"image", image},
          {"polyps", finding.polyps},
          {"area_percent", finding.area_percent},
          {"confidence", finding.confidence},
          {"milliseconds", finding.milliseconds}};
}

Json polyps_json(const Segmentation& found) {
  Json polyps = Json::array();
  for (const Polyp& polyp : found.regions) {
    polyps.push_back(polyp_json(polyp));
  }
  return polyps;
}

Json to_json(const std::string& image, const Segmentation& found) {
  return {{"image", image},
          {"width", found.width},
          {"height", found.height},
          {"polyps", polyps_json(found)},
          {"milliseconds", found.milliseconds}};
}

Json problem_json(const std::string& image, const std::string& problem) {
  return {{"image", image}, {"error", problem}};
}

}  // namespace bcnet::results
