// What /openapi.json says, held against the server by schemathesis: takes a minute.
#include "serve/serve_program.h"

namespace bcnet::test {
namespace {

TEST_F(ServeProgram, DoesWhatItsDescriptionSays) { check("check_openapi.py", {writable()}); }

}  // namespace
}  // namespace bcnet::test
