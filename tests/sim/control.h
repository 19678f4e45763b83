/* control.h: /_sim/, how tests and demos steer azsim. Each path is described in README.md. */
#pragma once

#include "exchange.h"

/* Answers a control request: 200 with JSON, or 4xx with ARM's error envelope. */
void control_serve(struct exchange *exchange);
