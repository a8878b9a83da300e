#pragma once

#include <memory>
#include <openvino/openvino.hpp>

namespace bcnet::infer {

/// A network compiled for this CPU. Throws ov::Exception.
ov::CompiledModel compile_for_cpu(ov::Core& core, const std::shared_ptr<ov::Model>& network,
                                  const ov::AnyMap& settings);

}  // namespace bcnet::infer
