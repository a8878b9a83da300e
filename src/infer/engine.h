#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "bcnet/segmenter.h"
#include "core/model_description.h"

namespace bcnet::infer {

/// How to load a model, whichever library runs it.
struct EngineOptions {
  std::filesystem::path model;
  std::string device = "cpu";  ///< cpu, cuda or cuda:N
  int threads = 0;             ///< 0: the cores in the affinity mask
  Precision precision = Precision::automatic;
  Mode mode = Mode::latency;
  std::filesystem::path cache = {};  ///< folder for compiled models; empty: none are kept
};

/// Runs a network. Engines give logits; sigmoid and threshold have one place, the Segmenter.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual const ModelDescription& description() const = 0;

  /// What runs it, for people: library, version, precision, threads.
  virtual std::string name() const = 0;

  /// What its user should know of the model on this CPU, a line each; mostly nothing.
  virtual std::string warnings() const { return {}; }

  /// How many runs at a time give the most images a second.
  virtual int parallel() const { return 1; }

  /// How many callers run() serves at a time; those beyond wait for their turn.
  virtual int callers() const { return 1; }

  /// How many images are computed together; of a larger batch, one such part after another. 1:
  /// nothing is gained by gathering images.
  virtual int batch_limit() const { return 1; }

  /// rgb: [batch,height,width,3] bytes, which the engine normalises as the description says;
  /// height and width are the description's, unless the model takes any.
  /// logits: room for [batch,1,height,width]. Thread-safe. Throws Error(model).
  virtual void run(const std::uint8_t* rgb, int batch, int height, int width, float* logits) = 0;
};

}  // namespace bcnet::infer
