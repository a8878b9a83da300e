#pragma once

namespace bcnet::infer {

/// How many threads OpenCV may take around a model: parallel is how many images run at a time,
/// threads what --threads says, 0 the cores in the affinity mask. Images side by side have a core
/// each, and what OpenCV would add comes on top of it.
int opencv_threads(int parallel, int threads);

}  // namespace bcnet::infer
