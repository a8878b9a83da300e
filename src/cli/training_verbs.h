#pragma once

namespace bcnet::cli {

struct Verb {
  const char* name;
  const char* description;
};

// The verbs that bcnet-train alone has, as bcnet lists them too.
inline constexpr Verb train_verb{"train", "Train a network by a recipe"};
inline constexpr Verb average_verb{
    "average", "Average the weights of networks trained on from the same start"};
inline constexpr Verb compare_verb{
    "compare", "Train several recipes on the same data, measure them alike, put them in a table"};
inline constexpr Verb export_verb{
    "export", "Write a trained model as an ONNX file, or its weights as safetensors"};

}  // namespace bcnet::cli
