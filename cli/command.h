/*
 * The commands of `otter`: each returns the exit status, and gets its own name as argv[0].
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

int keygen_command(int argc, char **argv);
int pack_command(int argc, char **argv);
int sign_command(int argc, char **argv);
int inspect_command(int argc, char **argv);
int verify_command(int argc, char **argv);
int unpack_command(int argc, char **argv);
int image_command(int argc, char **argv);

#endif
