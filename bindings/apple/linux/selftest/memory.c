// Misuse of the C library's memory, for sanitize-selftest: what it is told to do wrong must be found, and `clean` must pass.
#include "lacuna_c.h"
#include <stdio.h>
#include <string.h>

static int clean(void) {
    LacunaOptions options;
    memset(&options, 0, sizeof options);
    options.app_key = "org#app";
    options.rest_url = "http://127.0.0.1:1";
    LacunaClient *client = NULL;
    LacunaError *error = lacuna_client_new(&options, &client);
    if (error) return 1;
    char *id = lacuna_new_message_id();
    int length = (int)strlen(id);
    lacuna_string_free(id);
    lacuna_client_free(client);
    return length == 0;
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "";
    if (!strcmp(what, "clean")) return clean();
    if (!strcmp(what, "leak")) {
        // Many: a dead slot of the stack may keep the address of one or two, and the sanitizer then takes those for reachable.
        for (int i = 0; i < 100; i++) lacuna_new_message_id();
        return 0;
    }
    char *id = lacuna_new_message_id();
    if (!strcmp(what, "use-after-free")) {
        lacuna_string_free(id);
        printf("%c\n", id[0]);
    } else if (!strcmp(what, "double-free")) {
        lacuna_string_free(id);
        lacuna_string_free(id);
    } else {
        return 2;
    }
    return 0;
}
