#pragma once
#include <Foundation/Foundation.h>
#include "../../../linux/dispatch/dispatch.h"
