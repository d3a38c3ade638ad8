/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of vakactl: name, Swedish, English. {1} to {3} are filled in. */
#ifndef VAKA_CTL_MESSAGES_H
#define VAKA_CTL_MESSAGES_H

/* clang-format off */
#define VK_MESSAGES(X) \
	X(NEVER, "aldrig", "never") \
	X(TODAY, "idag {1}", "today {1}") \
	X(YESTERDAY, "igår {1}", "yesterday {1}") \
	X(YES, "ja", "yes") \
	X(NO, "nej", "no") \
	X(NOBODY, "ingen", "nobody") \
	X(UNKNOWN, "okänt", "unknown") \
	X(USER, "nr {1}: {2}", "no. {1}: {2}") \
	X(WITH_CODE, "ja, med kod", "yes, with a code") \
	X(CLOCK_RIGHT, "rätt", "right") \
	X(CLOCK_BEHIND, "{1} efter", "{1} behind") \
	X(CLOCK_AHEAD, "{1} före", "{1} ahead") \
	X(SECONDS, "{1} s", "{1} s") \
	X(MINUTES, "{1} min", "{1} min") \
	X(HOURS, "{1} tim", "{1} h") \
	X(DAYS, "{1} dygn", "{1} days") \
	X(HEAD_DEVICE, "Enhet", "Device") \
	X(HEAD_ID, "Id", "Id") \
	X(HEAD_WHO, "Vem", "Whose") \
	X(HEAD_STATE, "Läge", "State") \
	X(HEAD_HEARD, "Hörd", "Heard") \
	X(HEAD_READING, "Senaste mätning", "Last reading") \
	X(HEAD_BATTERY, "Batteri", "Battery") \
	X(HEAD_CLOCK, "Klocka", "Clock") \
	X(HEAD_BOND, "Parkopplad", "Paired") \
	X(HEAD_FIRMWARE, "Version", "Firmware") \
	X(HEAD_TIME, "Tid", "Time") \
	X(HEAD_WHAT, "Vad", "What") \
	X(HEAD_VALUES, "Värden", "Values") \
	X(HEAD_REMARK, "Anmärkning", "Remark") \
	X(HEAD_PRIORITY, "Prioritet", "Priority") \
	X(HEAD_RULE, "Regel", "Rule") \
	X(HEAD_REASON, "Varför", "Why") \
	X(HEAD_RAISED, "Sedan", "Since") \
	X(HEAD_BY, "Av", "By") \
	X(HEAD_ATTEMPT, "Försök", "Attempt") \
	X(HEAD_DUE, "Skulle ske", "Due") \
	X(HEAD_OUTCOME, "Utfall", "Outcome") \
	X(HEAD_NAME, "Namn", "Name") \
	X(HEAD_MODEL, "Modell", "Model") \
	X(HEAD_SIGNAL, "Signal", "Signal") \
	X(HEAD_NUMBER, "Nr", "No.") \
	X(HEAD_USABLE, "Går att använda", "Can be used") \
	X(CLEARED, "{1}, över nu", "{1}, over now") \
	X(IMPLAUSIBLE, "orimligt värde", "implausible value") \
	X(RETRACTED, "återtagen", "taken back") \
	X(TIME_UNSURE, "osäker tid", "time unsure") \
	X(FROM_MEMORY, "ur enhetens minne", "from the device's memory") \
	X(NO_DEVICES, "Inga enheter är parkopplade. Parkoppla: vakactl pair", "No device is paired. To pair one: vakactl pair") \
	X(NO_READINGS, "Inga mätningar.", "No readings.") \
	X(NO_ALERTS, "Inga öppna larm (det säger inget om hur någon mår).", "No open alerts (which says nothing about how anybody is).") \
	X(NO_CHECKS, "Ingen tillsyn pågår.", "No check is open.") \
	X(NO_NOTICES, "Inget visas och ingen fråga är öppen.", "Nothing is shown or asked.") \
	X(NONE_NEAR, "Ingen mätare hörs. Sätt den i parkopplingsläge nära hubben och försök igen.", "No kit is heard. Put it in pairing mode close to the hub and try again.") \
	X(DO_THIS, "Gör så här: {1}", "Do this: {1}") \
	X(TROUBLE, "{1} ({2}): {3}", "{1} ({2}): {3}") \
	X(TROUBLE_NAMELESS, "{1}: {2}", "{1}: {2}") \
	X(HUB_LINE, "Hub {1}, version {2}, igång sedan {3}", "Hub {1}, version {2}, up since {3}") \
	X(CLOCK_LINE, "Klocka: {1}", "Clock: {1}") \
	X(RADIO_LINE, "Radio: {1}", "Radio: {1}") \
	X(RADIO_RUNG, "Radion återställs: {1} (gång {2})", "The radio is being recovered: {1} (time {2})") \
	X(LINK_UP, "Vägen till personalen: öppen sedan {1}", "Way to the staff: open since {1}") \
	X(LINK_DOWN, "Vägen till personalen: bruten sedan {1}", "Way to the staff: broken since {1}") \
	X(TRAFFIC_LINE, "Trafik {1}: {2}", "Traffic {1}: {2}") \
	X(TRAFFIC_ALL, "på {1} dygn", "in {1} days") \
	X(TRAFFIC_OF, "{1} sänt, {2} mottaget ({3} med paketens huvuden)", "{1} sent, {2} received ({3} with the heads of the packets)") \
	X(OUTBOX_LINE, "Väntar på att skickas: {1}", "Waiting to be sent: {1}") \
	X(OPEN_LINE, "Öppet: {1} larm, {2} tillsyn", "Open: {1} alerts, {2} checks") \
	X(PLUGIN_LINE, "Program: {1}", "Programs: {1}") \
	X(PLAN_LINE, "Vårdplan för {1}: version {2}", "Care plan of {1}: version {2}") \
	X(DISK_LINE, "Ledigt utrymme: {1} %", "Free space: {1} %") \
	X(FAULTS, "Fel:", "Faults:") \
	X(NO_FAULTS, "Inga kända fel på utrustningen (det säger inget om hur någon mår).", "No known fault of the equipment (which says nothing about how anybody is).") \
	X(FAULT_LINE, "• {1}", "• {1}") \
	X(STRENGTH_STRONG, "nära", "close") \
	X(STRENGTH_GOOD, "bra", "good") \
	X(STRENGTH_WEAK, "svag", "weak") \
	X(STRENGTH_FAINT, "mycket svag", "very weak") \
	X(ALREADY_PAIRED, "redan parkopplad", "paired already") \
	X(UNUSABLE, "nej: {1}", "no: {1}") \
	X(PARTLY, "delvis: {1}", "partly: {1}") \
	X(PAIR_NEXT, "Parkoppla en av dem: vakactl pair NAMN --patient PATIENT", "To pair one of them: vakactl pair NAME --patient PATIENT") \
	X(PAIR_LISTEN, "Lyssnar efter mätare i {1} sekunder …", "Listening for kits for {1} seconds …") \
	X(PAIR_CHOOSE, "Vilken? Nummer, tomt för att söka igen, q för att sluta: ", "Which one? Number, empty to search again, q to stop: ") \
	X(PAIR_WHO, "Vem ska ha den? {1} (tomt: ingen än): ", "Whose is it? {1} (empty: nobody yet): ") \
	X(PAIR_STEPS, "Så här gör du på {1}:", "What to do on the {1}:") \
	X(PAIR_GENERIC, "Sätt enheten i parkopplingsläge (bruksanvisningen säger hur), högst en meter från hubben.", "Put the device in pairing mode (its manual says how), at most a metre from the hub.") \
	X(PAIR_STEP, "  {1}. {2}", "  {1}. {2}") \
	X(PAIR_CANNOT, "{1} kan inte användas: {2}", "The {1} cannot be used: {2}") \
	X(PAIR_WINDOW, "Hubben lyssnar i {1} sekunder.", "The hub listens for {1} seconds.") \
	X(PASSKEY, "Siffrorna som enheten visar: ", "The digits that the device shows: ") \
	X(PAIRED, "Parkopplad: {1} {2}", "Paired: {1} {2}") \
	X(TEST_ASK, "Provmät nu: {1}", "Test it now: {1}") \
	X(TEST_CUFF, "sätt på manschetten och tryck START, eller kläm ihop den en gång.", "put the cuff on and press START, or squeeze it once.") \
	X(TEST_SCALE, "ställ dig på vågen tills siffran står still.", "stand on the scale until the number stands still.") \
	X(TEST_OXIMETER, "sätt ett finger i klämman tills siffran står still.", "put a finger in the clip until the number stands still.") \
	X(TEST_METER, "låt mätaren skicka en mätning ur sitt minne, eller mät kontrollösning.", "let the meter send a value from its memory, or measure control solution.") \
	X(TEST_OTHER, "gör en mätning.", "make one measurement.") \
	X(TEST_CAME, "Provmätningen kom fram: {1}", "The test reading arrived: {1}") \
	X(TEST_TAKEN_BACK, "Den är återtagen och bedöms inte.", "It was taken back and is not judged.") \
	X(TEST_MISSING, "Parkopplad, men ingen provmätning kom inom {1} sekunder. Den är inte tilldelad någon.", "Paired, but no test reading came within {1} seconds. It was given to nobody.") \
	X(TEST_AGAIN_HEAD, "försök en gång till, nära hubben.", "try once more, close to the hub.") \
	X(TEST_AGAIN, "vakactl pair --again {1}, eller tilldela utan prov: vakactl assign {1} PATIENT", "vakactl pair --again {1}, or assign without a test: vakactl assign {1} PATIENT") \
	X(ASSIGNED, "Tilldelad {1}.", "Given to {1}.") \
	X(NOT_ASSIGNED, "Tilldelad ingen. Säg vems den är: vakactl assign {1} PATIENT", "Given to nobody. Say whose it is: vakactl assign {1} PATIENT") \
	X(TAKEN_FROM_ALL, "Tilldelad ingen längre.", "Given to nobody any more.") \
	X(HAS_USERS, "Enheten skiljer på användare. Tilldela numret: vakactl assign {1} --user {2} --patient PATIENT", "The device tells users apart. Assign the number: vakactl assign {1} --user {2} --patient PATIENT") \
	X(NO_SUCH_DEVICE, "Det finns ingen enhet {1}. Se: vakactl devices", "There is no device {1}. See: vakactl devices") \
	X(READING_TAKEN_BACK, "Mätningen är återtagen.", "The reading was taken back.") \
	X(DONE, "Klart.", "Done.") \
	X(FORGOTTEN, "Enheten är bortglömd. Ta bort hubben ur enhetens eget minne också.", "The device is forgotten. Remove the hub from the device's own memory too.") \
	X(TEST_OK, "✓ {1}: fungerar", "✓ {1}: works") \
	X(TEST_BAD, "✗ {1}: fungerar inte", "✗ {1}: does not work") \
	X(TEST_ALL_OK, "Allt som provades fungerar.", "Everything that was tested works.") \
	X(NO_BUS, "Systembussen kan inte nås: {1}", "The system bus cannot be reached: {1}") \
	X(NO_HUB, "Hubben är inte igång. Se: systemctl status vakad", "The hub is not running. See: systemctl status vakad") \
	X(BAD_ANSWER, "Hubbens svar gick inte att läsa.", "The hub's answer could not be read.") \
	X(NO_DECODER, "Det finns ingen avkodare för {1}.", "There is no decoder for {1}.") \
	X(NOT_HEX, "Inte hexadecimalt, eller längre än 512 byte.", "Not hex, or longer than 512 bytes.") \
	X(NO_VERB, "Verbet {1} finns inte.", "There is no verb {1}.") \
	X(QUESTION_WHO, "Fråga på skärmen: Var det du som mätte? (enhet {1})", "Asked on the display: was it you who measured? (device {1})") \
	X(QUESTION_REPEAT, "Fråga på skärmen: mät en gång till.", "Asked on the display: measure once more.") \
	X(QUESTION_REMIND, "Påminnelse på skärmen: dags att mäta.", "Reminder on the display: time to measure.") \
	X(TASK_WHOSE, "Att göra: säg vems mätning det är (enhet {1}).", "To do: say whose reading it is (device {1}).") \
	X(TASK_WHOSE_DO, "vakactl readings --device {1} --patient unassigned, sedan vakactl reading assign ID PATIENT eller vakactl reading retract ID", "vakactl readings --device {1} --patient unassigned, then vakactl reading assign ID PATIENT or vakactl reading retract ID") \
	X(TASK_PLAN, "Att göra: patienten har ingen vårdplan (enhet {1}).", "To do: the patient has no care plan (device {1}).") \
	X(TASK_OTHER, "Att göra: {1}", "To do: {1}")
/* clang-format on */

#endif
