#include "cli/program.h"

int main(int argc, char** argv) { return bcnet::cli::run_program(argc, argv); }
