#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bcnet::runs {

/// The bytes of a TensorBoard event file, record by record: the form of TFRecord (length, masked
/// CRC-32C, data, masked CRC-32C) around protocol buffers of TensorFlow's event.proto.

/// A record around data.
std::string tfrecord(const std::string& data);

/// How every file begins: an Event with file_version "brain.Event:2".
std::string event_file_head(double wall_time);

/// An Event with a Summary of scalars. wall_time: seconds since 1970.
std::string scalar_event(double wall_time, std::int64_t step,
                         const std::vector<std::pair<std::string, double>>& scalars);

/// Adds bytes to such a file, its head first where it is new or empty, and returns its length.
/// Throws Error(io).
std::uint64_t append_events(const std::filesystem::path& path, double wall_time,
                            const std::string& records);

}  // namespace bcnet::runs
