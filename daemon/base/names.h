/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three public names: kinds of reading, quantities, flags (design §5, "Command line"), and the
 * units and reasons that go with them. Each list stands here once; the enum and its text come from
 * the same line. The text is contract: pages, rules, plans and staff clients use it.
 */
#ifndef VAKA_BASE_NAMES_H
#define VAKA_BASE_NAMES_H

#include <stddef.h>

#define VK_KIND_LIST(X)                                                                            \
	X(BLOOD_PRESSURE, "blood-pressure")                                                        \
	X(CUFF_PRESSURE, "cuff-pressure")                                                          \
	X(GLUCOSE, "glucose")                                                                      \
	X(GLUCOSE_CONTEXT, "glucose-context")                                                      \
	X(SPO2_SPOT, "spo2-spot")                                                                  \
	X(SPO2_CONTINUOUS, "spo2-continuous")                                                      \
	X(WEIGHT, "weight")                                                                        \
	X(BODY_COMPOSITION, "body-composition")                                                    \
	X(TEMPERATURE, "temperature")                                                              \
	X(HEART_RATE, "heart-rate")                                                                \
	X(CGM, "cgm")                                                                              \
	X(RACP, "racp")                                                                            \
	X(DATE_TIME, "date-time")                                                                  \
	X(CURRENT_TIME, "current-time")                                                            \
	X(BATTERY, "battery")

#define VK_QUANTITY_LIST(X)                                                                        \
	X(SYSTOLIC, "systolic")                                                                    \
	X(DIASTOLIC, "diastolic")                                                                  \
	X(MEAN_ARTERIAL, "mean-arterial")                                                          \
	X(PULSE_RATE, "pulse-rate")                                                                \
	X(CUFF_PRESSURE, "cuff-pressure")                                                          \
	X(GLUCOSE, "glucose")                                                                      \
	X(SPO2, "spo2")                                                                            \
	X(PULSE_AMPLITUDE_INDEX, "pulse-amplitude-index")                                          \
	X(WEIGHT, "weight")                                                                        \
	X(BMI, "bmi")                                                                              \
	X(HEIGHT, "height")                                                                        \
	X(BODY_FAT, "body-fat")                                                                    \
	X(BASAL_METABOLISM, "basal-metabolism")                                                    \
	X(MUSCLE_PERCENTAGE, "muscle-percentage")                                                  \
	X(MUSCLE_MASS, "muscle-mass")                                                              \
	X(FAT_FREE_MASS, "fat-free-mass")                                                          \
	X(SOFT_LEAN_MASS, "soft-lean-mass")                                                        \
	X(BODY_WATER_MASS, "body-water-mass")                                                      \
	X(IMPEDANCE, "impedance")                                                                  \
	X(TEMPERATURE, "temperature")                                                              \
	X(HEART_RATE, "heart-rate")                                                                \
	X(ENERGY_EXPENDED, "energy-expended")                                                      \
	X(BATTERY, "battery")

/* UCUM codes. */
#define VK_UNIT_LIST(X)                                                                            \
	X(MMHG, "mm[Hg]")                                                                          \
	X(KPA, "kPa")                                                                              \
	X(PER_MIN, "/min")                                                                         \
	X(MG_DL, "mg/dL")                                                                          \
	X(MMOL_L, "mmol/L")                                                                        \
	X(PERCENT, "%")                                                                            \
	X(KG, "kg")                                                                                \
	X(LB, "[lb_av]")                                                                           \
	X(KG_M2, "kg/m2")                                                                          \
	X(M, "m")                                                                                  \
	X(IN, "[in_i]")                                                                            \
	X(CEL, "Cel")                                                                              \
	X(DEGF, "[degF]")                                                                          \
	X(KJ, "kJ")                                                                                \
	X(OHM, "Ohm")

/* Why a value is not a number (HL7 data-absent-reason, and "unsuccessful" of the scales). */
#define VK_ABSENT_LIST(X)                                                                          \
	X(NONE, "")                                                                                \
	X(NOT_A_NUMBER, "not-a-number")                                                            \
	X(POSITIVE_INFINITY, "positive-infinity")                                                  \
	X(NEGATIVE_INFINITY, "negative-infinity")                                                  \
	X(ERROR, "error")                                                                          \
	X(UNSUCCESSFUL, "unsuccessful")

/* What a device says about its own reading. At most 64: a reading holds them as a bit set. */
#define VK_FLAG_LIST(X)                                                                            \
	X(BODY_MOVEMENT, "body-movement")                                                          \
	X(CUFF_LOOSE, "cuff-loose")                                                                \
	X(IRREGULAR_PULSE, "irregular-pulse")                                                      \
	X(PULSE_RATE_ABOVE, "pulse-rate-above")                                                    \
	X(PULSE_RATE_BELOW, "pulse-rate-below")                                                    \
	X(IMPROPER_POSITION, "improper-position")                                                  \
	X(MEASUREMENT_ONGOING, "measurement-ongoing")                                              \
	X(EARLY_ESTIMATE, "early-estimate")                                                        \
	X(VALIDATED, "validated")                                                                  \
	X(FULLY_QUALIFIED, "fully-qualified")                                                      \
	X(FROM_STORAGE, "from-storage")                                                            \
	X(DEMONSTRATION, "demonstration")                                                          \
	X(TEST_DATA, "test-data")                                                                  \
	X(CALIBRATION_ONGOING, "calibration-ongoing")                                              \
	X(MEASUREMENT_UNAVAILABLE, "measurement-unavailable")                                      \
	X(QUESTIONABLE, "questionable")                                                            \
	X(INVALID, "invalid")                                                                      \
	X(EXTENDED_DISPLAY_UPDATE, "extended-display-update")                                      \
	X(EQUIPMENT_MALFUNCTION, "equipment-malfunction")                                          \
	X(SIGNAL_IRREGULARITY, "signal-irregularity")                                              \
	X(INADEQUATE_SIGNAL, "inadequate-signal")                                                  \
	X(POOR_SIGNAL, "poor-signal")                                                              \
	X(LOW_PERFUSION, "low-perfusion")                                                          \
	X(ERRATIC_SIGNAL, "erratic-signal")                                                        \
	X(NON_PULSATILE, "non-pulsatile")                                                          \
	X(QUESTIONABLE_PULSE, "questionable-pulse")                                                \
	X(SIGNAL_ANALYSIS_ONGOING, "signal-analysis-ongoing")                                      \
	X(SENSOR_INTERFERENCE, "sensor-interference")                                              \
	X(SENSOR_OFF, "sensor-off")                                                                \
	X(UNKNOWN_SENSOR, "unknown-sensor")                                                        \
	X(SENSOR_DISPLACED, "sensor-displaced")                                                    \
	X(SENSOR_MALFUNCTION, "sensor-malfunction")                                                \
	X(SENSOR_DISCONNECTED, "sensor-disconnected")                                              \
	X(DEVICE_CLOCK_NOT_SET, "device-clock-not-set")                                            \
	X(BATTERY_LOW, "battery-low")                                                              \
	X(SAMPLE_INSUFFICIENT, "sample-insufficient")                                              \
	X(STRIP_INSERTION_ERROR, "strip-insertion-error")                                          \
	X(STRIP_TYPE_INCORRECT, "strip-type-incorrect")                                            \
	X(RESULT_HIGH, "result-high")                                                              \
	X(RESULT_LOW, "result-low")                                                                \
	X(TEMPERATURE_HIGH, "temperature-high")                                                    \
	X(TEMPERATURE_LOW, "temperature-low")                                                      \
	X(READ_INTERRUPTED, "read-interrupted")                                                    \
	X(GENERAL_FAULT, "general-fault")                                                          \
	X(TIME_FAULT, "time-fault")                                                                \
	X(CONTEXT_FOLLOWS, "context-follows")                                                      \
	X(SENSOR_CONTACT, "sensor-contact")                                                        \
	X(NO_SENSOR_CONTACT, "no-sensor-contact")                                                  \
	X(CONTROL_SOLUTION, "control-solution")                                                    \
	X(RESERVED_BITS, "reserved-bits")                                                          \
	X(KETONE, "ketone")                                                                        \
	X(SESSION_STOPPED, "session-stopped")                                                      \
	X(SENSOR_TYPE_INCORRECT, "sensor-type-incorrect")                                          \
	X(TIME_SYNC_REQUIRED, "time-sync-required")                                                \
	X(CALIBRATION_NOT_ALLOWED, "calibration-not-allowed")                                      \
	X(CALIBRATION_RECOMMENDED, "calibration-recommended")                                      \
	X(CALIBRATION_REQUIRED, "calibration-required")                                            \
	X(BELOW_PATIENT_LOW, "below-patient-low")                                                  \
	X(ABOVE_PATIENT_HIGH, "above-patient-high")                                                \
	X(BELOW_HYPO, "below-hypo")                                                                \
	X(ABOVE_HYPER, "above-hyper")                                                              \
	X(FALLING_FAST, "falling-fast")                                                            \
	X(RISING_FAST, "rising-fast")                                                              \
	X(RECOVERED, "recovered") /* the hub's word: another program had taken it */

/* What a glucose context tells beside the value: the SIG's numbers, seconds, per cent. */
#define VK_CONTEXT_LIST(X)                                                                         \
	X(CARBOHYDRATE, "carbohydrate")                                                            \
	X(MEAL, "meal")                                                                            \
	X(TESTER, "tester")                                                                        \
	X(HEALTH, "health")                                                                        \
	X(EXERCISE_S, "exercise_s")                                                                \
	X(EXERCISE_PERCENT, "exercise_percent")                                                    \
	X(MEDICATION, "medication")

#define VK_ENUM_CONTEXT(name, text)  VK_CONTEXT_##name,
#define VK_ENUM_KIND(name, text)     VK_KIND_##name,
#define VK_ENUM_QUANTITY(name, text) VK_QUANTITY_##name,
#define VK_ENUM_UNIT(name, text)     VK_UNIT_##name,
#define VK_ENUM_ABSENT(name, text)   VK_ABSENT_##name,
#define VK_ENUM_FLAG(name, text)     VK_FLAG_##name,

enum vk_kind { VK_KIND_LIST(VK_ENUM_KIND) VK_N_KINDS };
enum vk_quantity { VK_QUANTITY_LIST(VK_ENUM_QUANTITY) VK_N_QUANTITIES };
enum vk_unit { VK_UNIT_LIST(VK_ENUM_UNIT) VK_N_UNITS };
enum vk_absent { VK_ABSENT_LIST(VK_ENUM_ABSENT) VK_N_ABSENTS };
enum vk_flag { VK_FLAG_LIST(VK_ENUM_FLAG) VK_N_FLAGS };
enum vk_context { VK_CONTEXT_LIST(VK_ENUM_CONTEXT) VK_N_CONTEXTS };

_Static_assert(VK_N_FLAGS <= 64, "a reading holds its flags in 64 bits");

/* Text of a name; "?" for a number that is none. Static storage. */
const char *vk_kind_text(int kind);
const char *vk_quantity_text(int quantity);
const char *vk_unit_text(int unit);
const char *vk_absent_text(int absent);
const char *vk_flag_text(int flag);
const char *vk_context_text(int context);

/* The number of a text, or -1. */
int vk_kind_parse(const char *text);
int vk_quantity_parse(const char *text);
int vk_unit_parse(const char *text);
int vk_absent_parse(const char *text);
int vk_flag_parse(const char *text);
int vk_context_parse(const char *text);

#endif
