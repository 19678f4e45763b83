/* The comparison rules of DESIGN section 3: what is drift, and above all what is not. */
#include "world.h"

/* A world in which something is declared and something shown, and all that is found of it. */
static struct drift_case {
    const char *name;
    const char *declared; /* laid over the stack, or NULL */
    const char *vault, *account; /* laid over what Azure shows, or NULL */
    const char *words;           /* "": no drift */
} cases[] = {
    {
        .name = "C000 a deployment that is as the baseline wants it has no drift",
        .words = "",
    },
};

static void check(void **state)
{
    const struct drift_case *c = *state;
    struct world *world = world_new(c->declared);
    if (c->vault)
        world_show(world, "vault", c->vault);
    if (c->account)
        world_show(world, "account", c->account);
    world_round(world);
    assert_words(world, c->words);
    world_free(world);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
