#include "tests/sim/power.h"

void sim_power_init(struct sim_power *p, uint32_t seed)
{
    *p = (struct sim_power){ .random = seed ? seed : 1 };
}

bool sim_power_run(struct sim_power *p, void (*code)(void *arg), void *arg)
{
    p->ops = 0;
    p->reads = 0;
    p->off = false;
    p->running = true;
    if (setjmp(p->out) == 0)
        code(arg);
    p->running = false;
    return !p->off;
}

enum sim_event sim_power_step(struct sim_power *p, enum sim_outcome *outcome)
{
    p->ops++;
    if (p->ops == p->cut.op) {
        *outcome = p->cut.outcome;
        return SIM_IS_CUT;
    }
    *outcome = p->fault.outcome;
    return p->ops == p->fault.op ? SIM_FAILS : SIM_GOES_ON;
}

void sim_power_lose(struct sim_power *p)
{
    p->off = true;
    if (p->running)
        longjmp(p->out, 1);
}
