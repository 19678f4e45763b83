/* account_data.h: data/account.json, built in: a recorded account, its source in "@source". */
#pragma once

const char *account_data(void);
