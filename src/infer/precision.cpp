#include "infer/precision.h"

#include "core/error.h"
#include "core/instruction_set.h"

namespace bcnet::infer {

Precision parse_precision(const std::string& name) {
  for (const Precision precision :
       {Precision::automatic, Precision::f32, Precision::bf16, Precision::f16}) {
    if (name == precision_name(precision)) {
      return precision;
    }
  }
  throw Error(ErrorKind::usage,
              "--precision: found '" + name + "', allowed are auto, f32, bf16, f16");
}

std::string precision_name(Precision precision) {
  switch (precision) {
    case Precision::automatic:
      return "auto";
    case Precision::f32:
      return "f32";
    case Precision::bf16:
      return "bf16";
    case Precision::f16:
      return "f16";
  }
  return "auto";
}

Precision resolve_precision(Precision precision) {
  if (precision != Precision::automatic) {
    return precision;
  }
  return usable_instructions().cpu.bf16() ? Precision::bf16 : Precision::f32;
}

}  // namespace bcnet::infer
