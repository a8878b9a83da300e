#include "runs/event_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <protozero/pbf_builder.hpp>

#include "core/crc32c.h"
#include "core/error.h"
#include "core/files.h"

namespace bcnet::runs {

namespace fs = std::filesystem;

namespace {

// Fields of tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
enum class EventField : protozero::pbf_tag_type {
  wall_time = 1,     // double
  step = 2,          // int64
  file_version = 3,  // string
  summary = 5,       // Summary
};
enum class SummaryField : protozero::pbf_tag_type { value = 1 };
enum class ValueField : protozero::pbf_tag_type { tag = 1, simple_value = 2 };

void append_little_endian(std::string& bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) {
    bytes += static_cast<char>(value >> (8 * i) & 0xff);
  }
}

/// tensorflow/core/lib/hash/crc32c.h: a checksum of data that holds checksums would be weak.
std::uint32_t masked_crc(const std::string& bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

}  // namespace

std::string tfrecord(const std::string& data) {
  std::string record;
  append_little_endian(record, data.size(), 8);
  append_little_endian(record, masked_crc(record), 4);
  record += data;
  append_little_endian(record, masked_crc(data), 4);
  return record;
}

std::string event_file_head(double wall_time) {
  std::string data;
  protozero::pbf_builder<EventField> event(data);
  event.add_double(EventField::wall_time, wall_time);
  event.add_string(EventField::file_version, "brain.Event:2");
  return tfrecord(data);
}

std::string scalar_event(double wall_time, std::int64_t step,
                         const std::vector<std::pair<std::string, double>>& scalars) {
  std::string data;
  {
    protozero::pbf_builder<EventField> event(data);
    event.add_double(EventField::wall_time, wall_time);
    event.add_int64(EventField::step, step);
    protozero::pbf_builder<SummaryField> summary(event, EventField::summary);
    for (const auto& [tag, number] : scalars) {
      protozero::pbf_builder<ValueField> value(summary, SummaryField::value);
      value.add_string(ValueField::tag, tag);
      value.add_float(ValueField::simple_value, static_cast<float>(number));
    }
  }
  return tfrecord(data);
}

std::uint64_t append_events(const fs::path& path, double wall_time, const std::string& records) {
  make_directories(path.parent_path());
  std::error_code error;
  const bool fresh = !fs::exists(path) || fs::file_size(path, error) == 0;
  std::ofstream out(path, std::ios::app | std::ios::binary);
  out << (fresh ? event_file_head(wall_time) : std::string()) << records;
  out.close();
  if (!out) {
    throw Error(ErrorKind::io, path.string() + ": writing failed: " + std::strerror(errno));
  }
  return fs::file_size(path);
}

}  // namespace bcnet::runs
