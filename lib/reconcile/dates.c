#include "reconcile/dates.h"

#include "base/mem.h"
#include "reconcile/decide.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

char *dates_doubt(const struct azure *azure)
{
    int64_t skew_s = azure_clock_skew_s(azure);
    if (skew_s < 0)
        skew_s = -skew_s;
    if (!azure_has_told_time(azure))
        return mem_text("no answer of Azure has told the time yet: see to the way to Azure");
    if (skew_s > CLOCK_SKEW_MAX_S)
        return mem_format("this host's clock and Azure's are %" PRId64 " s apart: set the clock",
                          skew_s);
    return NULL;
}

int64_t dates_now_s(const struct azure *azure)
{
    AUTO(text) char *doubt = dates_doubt(azure);
    return doubt ? INT64_MIN : (int64_t)time(NULL);
}
