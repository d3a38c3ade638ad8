/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists. Each entry says what is the case and, where a person can do something, what: a
 * technician in a home follows these lines and nothing else.
 */
#include "ctl/words.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct vk_word kinds[] = {
	{"cuff", "blodtrycksmätare", "blood pressure cuff", NULL, NULL},
	{"scale", "våg", "scale", NULL, NULL},
	{"oximeter", "pulsoximeter", "oximeter", NULL, NULL},
	{"meter", "blodsockermätare", "glucose meter", NULL, NULL},
	{"thermometer", "termometer", "thermometer", NULL, NULL},
	{"heart-rate", "puls", "heart rate", NULL, NULL},
	{"cgm", "glukossensor", "glucose sensor", NULL, NULL},
	{"blood-pressure", "blodtryck", "blood pressure", NULL, NULL},
	{"cuff-pressure", "manschettryck", "cuff pressure", NULL, NULL},
	{"glucose", "blodsocker", "glucose", NULL, NULL},
	{"glucose-context", "om blodsockret", "about the glucose", NULL, NULL},
	{"spo2-spot", "syremättnad", "oxygen saturation", NULL, NULL},
	{"spo2-continuous", "syremättnad, löpande", "oxygen saturation, continuous", NULL, NULL},
	{"weight", "vikt", "weight", NULL, NULL},
	{"body-composition", "kroppssammansättning", "body composition", NULL, NULL},
	{"temperature", "temperatur", "temperature", NULL, NULL},
	{"racp", "minnesfråga", "record access", NULL, NULL},
	{"date-time", "datum och tid", "date and time", NULL, NULL},
	{"current-time", "klockslag", "current time", NULL, NULL},
	{"battery", "batteri", "battery", NULL, NULL},
	{"", "enhet", "device", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word device_states[] = {
	{"ok", "fungerar", "works", NULL, NULL},
	{"", "ny", "new", NULL, NULL},
	{"bond-lost", "har glömt sin parkoppling; inget kommer därifrån",
	 "has forgotten its pairing; nothing comes from it",
	 "sätt enheten i parkopplingsläge nära hubben och kör: vakactl pair --again {1}",
	 "put the device in pairing mode close to the hub and run: vakactl pair --again {1}"},
	{"unbonded", "är inte parkopplad med den här hubben", "is not paired with this hub",
	 "sätt enheten i parkopplingsläge nära hubben och kör: vakactl pair --again {1}",
	 "put the device in pairing mode close to the hub and run: vakactl pair --again {1}"},
	{"foreign-owner", "ett annat program eller en annan telefon tar dess mätningar",
	 "another program or phone takes its readings",
	 "ta bort enheten ur telefoner i närheten, mät sedan en gång och kör: vakactl devices",
	 "remove the device from phones close by, then measure once and run: vakactl devices"},
	{"hostile", "skickar sådant som ingen mätare skickar; den är avstängd",
	 "sends what no kit sends; it was cut off",
	 "byt enheten; är den rätt: vakactl forget {1}, sedan vakactl pair",
	 "replace the device; if it is the right one: vakactl forget {1}, then vakactl pair"},
	{"mute", "går att nå men svarar inte", "can be reached but does not answer",
	 "ta ur och sätt i enhetens batteri, mät sedan en gång",
	 "take the device's battery out and put it back, then measure once"},
	{"unsupported", "modellen kan inte användas", "the model cannot be used",
	 "byt till en modell som kan: vakactl pair visar vilka som hörs",
	 "replace it by a model that can: vakactl pair shows what is heard"},
	{"needs-consent", "vill ha användarens PIN-kod", "wants the user's PIN code",
	 "vakactl assign {1} --user NR --consent PIN --patient PATIENT",
	 "vakactl assign {1} --user NO --consent PIN --patient PATIENT"},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word radios[] = {
	{"up", "hör", "hears", NULL, NULL},
	{"down", "av eller borta", "off or gone", NULL, NULL},
	{"silent", "på, men hör inget", "on, but hears nothing", NULL, NULL},
	{"none", "inget pågår", "nothing goes on", NULL, NULL},
	{"listen-anew", "lyssnar på nytt", "listens anew", NULL, NULL},
	{"drop-stale", "glömmer en enhets gamla uppgifter", "drops a stale device object", NULL, NULL},
	{"power-cycle", "radion stängs av och slås på", "the controller is switched off and on", NULL, NULL},
	{"restart-bluetoothd", "bluetoothd startas om", "bluetoothd is restarted", NULL, NULL},
	{"reset-controller", "radion nollställs", "the controller is reset", NULL, NULL},
	{"ask-reboot", "hubben behöver startas om", "the hub needs a reboot",
	 "starta om hubben: systemctl reboot", "reboot the hub: systemctl reboot"},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word clocks[] = {
	{"synced", "rätt", "right", NULL, NULL},
	{"held", "har varit rätt, går nu fritt", "was right, runs free now",
	 "kontrollera nätet: timedatectl", "check the network: timedatectl"},
	{"unsynced", "osäker, kan visa vad som helst", "unsure, may show anything",
	 "kontrollera nätet: timedatectl", "check the network: timedatectl"},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word plugins[] = {
	{"ok", "igång", "runs", NULL, NULL},
	{"missing", "saknas", "is missing", NULL, NULL},
	{"off", "används inte", "is not used", NULL, NULL},
	{"ble", "Bluetooth", "Bluetooth", NULL, NULL},
	{"gpio", "in- och utgångar", "inputs and outputs", NULL, NULL},
	{"mqtt", "vägen till personalen", "way to the staff", NULL, NULL},
	{"display", "skärm", "display", NULL, NULL},
	{"hook", "andra vägen", "second path", NULL, NULL},
	{"camera", "kamera", "camera", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word faults[] = {
	{"plugin-ble", "Bluetooth-programmet är inte igång; inga mätningar kommer",
	 "the Bluetooth program is not running; no reading comes",
	 "systemctl status vaka-ble", "systemctl status vaka-ble"},
	{"plugin-gpio", "programmet för in- och utgångar är inte igång",
	 "the program for inputs and outputs is not running",
	 "systemctl status vaka-gpio", "systemctl status vaka-gpio"},
	{"plugin-mqtt", "programmet mot personalen är inte igång; inget skickas",
	 "the program towards the staff is not running; nothing is sent",
	 "systemctl status vaka-mqtt", "systemctl status vaka-mqtt"},
	{"plugin-display", "skärmen är inte igång", "the display is not running",
	 "systemctl status vaka-display", "systemctl status vaka-display"},
	{"plugin-hook", "andra vägen är inte igång", "the second path is not running",
	 "systemctl status vaka-hook", "systemctl status vaka-hook"},
	{"staff-directory", "personalkatalogen godtas inte; nya vårdplaner avvisas",
	 "the staff directory is not accepted; new care plans are refused",
	 "lägg in leverantörens senaste katalog och starta om", "install the provider's latest and restart"},
	{"plugin-camera", "kameraprogrammet är inte igång", "the camera program is not running",
	 "systemctl status vaka-camera", "systemctl status vaka-camera"},
	{"radio-down", "Bluetooth-radion är av eller borta; inga mätningar kommer",
	 "the Bluetooth radio is off or gone; no reading comes",
	 "dra ur och sätt i radion, vänta en minut och kör: vakactl status",
	 "unplug and plug the radio, wait a minute and run: vakactl status"},
	{"radio-silent", "Bluetooth-radion hör inget; den återställs",
	 "the Bluetooth radio hears nothing; it is being recovered",
	 "vänta fem minuter och kör: vakactl status", "wait five minutes and run: vakactl status"},
	{"radio-reboot", "Bluetooth-radion gick inte att återställa", "the Bluetooth radio could not be recovered",
	 "starta om hubben: systemctl reboot", "reboot the hub: systemctl reboot"},
	{"reading-lost", "en mätning kan ha gått förlorad", "a reading may have been lost",
	 "mät en gång till", "measure once more"},
	{"store-failed", "lagringen går inte att skriva till; larm fungerar, men sparas i minnet",
	 "the store cannot be written; alerts work, but are kept in memory",
	 "se utrymmet: df -h /var/lib/vaka", "look at the space: df -h /var/lib/vaka"},
	{"store-damaged", "lagringen var skadad; den skadade filen är undanlagd",
	 "the store was damaged; the damaged file was set aside",
	 "ring leverantören innan hubben byts", "call the supplier before the hub is replaced"},
	{"link-down", "vägen till personalen är bruten; allt sparas här",
	 "the way to the staff is broken; everything is kept here",
	 "kontrollera nätet, sedan: vakactl selftest", "check the network, then: vakactl selftest"},
	{"link-lost", "vägen till personalen är bruten; allt sparas här",
	 "the way to the staff is broken; everything is kept here",
	 "kontrollera nätet, sedan: vakactl selftest", "check the network, then: vakactl selftest"},
	{"certificate-expires", "hubbens certifikat går ut inom trettio dagar; sedan når inget personalen",
	 "the hub's certificate expires within thirty days; after that nothing reaches the staff",
	 "lägg ett nytt i /etc/vaka/tls: nyckeln först, certifikatet sist",
	 "put a new one into /etc/vaka/tls: the key first, the certificate last"},
	{"receipt-missing", "vårdtjänsten bekräftar inte det som hubben har skickat; allt finns kvar här",
	 "the care service does not confirm what the hub has sent; everything is kept here",
	 "ring vårdtjänstens drift", "call the care service's operator"},
	{"second-path-failed", "andra vägen tog inte emot larmet", "the second path did not take the alert",
	 "systemctl status vaka-hook", "systemctl status vaka-hook"},
	{"plan-expired", "vårdplanens tid har gått ut", "the care plan has expired",
	 "be vården om en ny plan", "ask the clinic for a new plan"},
	{"plan-not-yet-valid", "vårdplanen gäller inte än", "the care plan is not valid yet",
	 "kontrollera hubbens klocka: timedatectl", "check the hub's clock: timedatectl"},
	{"too-many-alerts", "fler larm än hubben kan hålla isär", "more alerts than the hub can keep apart",
	 "stäng gamla larm", "close old alerts"},
	{"too-many-checks", "fler tillsyner än hubben kan hålla isär", "more checks than the hub can keep apart",
	 "avsluta gamla tillsyner", "end old checks"},
	{"too-many-patients", "fler patienter än hubben kan ha", "more patients than the hub can have",
	 "ta bort en ur /etc/vaka/hub.yaml", "remove one from /etc/vaka/hub.yaml"},
	{"reading-unreadable", "en enhet skickar värden som inte går att läsa", "a device sends values that cannot be read",
	 "mät en gång till; kvarstår felet, byt enheten", "measure once more; if it stays, replace the device"},
	{"reading-empty", "en enhet skickade en mätning utan värde", "a device sent a reading without a value",
	 "mät en gång till; kvarstår felet, byt enheten", "measure once more; if it stays, replace the device"},
	{"device-clock", "en enhets klocka kan inte vara rätt", "a device's clock cannot be right",
	 "mät en gång till; hubben ställer klockan där modellen tillåter det",
	 "measure once more; the hub sets the clock where the model allows it"},
	{"device-not-heard", "en enhet har inte hörts på länge",
	 "a device has not been heard for long",
	 "mät en gång nära hubben, sedan: vakactl devices", "measure once close to the hub, then: vakactl devices"},
	{"kit-not-heard", "en enhet har inte hörts på länge",
	 "a device has not been heard for long",
	 "mät en gång nära hubben, sedan: vakactl devices", "measure once close to the hub, then: vakactl devices"},
	{"battery-low", "en enhets batteri är snart slut", "a device's battery is low",
	 "byt batteri; vakactl devices visar vilken", "change the battery; vakactl devices shows which"},
	{"clock-unsure", "hubbens klocka är osäker", "the hub's clock is unsure",
	 "kontrollera nätet: timedatectl", "check the network: timedatectl"},
	{"backlog", "meddelanden till personalen hopar sig", "messages to the staff pile up",
	 "vakactl selftest", "vakactl selftest"},
	{"mains-lost", "nätspänningen är borta", "mains power is gone",
	 "sätt i kontakten", "plug it in"},
	{"technical-storm", "många tekniska fel på en gång", "many technical faults at once",
	 "vakactl alerts", "vakactl alerts"},
	{"set-aside", "meddelanden som mottagaren vägrar är undanlagda", "messages that the receiver refuses were set aside",
	 "ring den som sköter mottagaren; starta sedan om navet, så skickas de igen",
	 "call whoever runs the receiver; start the hub anew afterwards, and they are sent again"},
	{"removed", "gamla mätningar har tagits bort för att få plats", "old readings were removed to make room",
	 NULL, NULL},
	{"dropped", "meddelanden har kastats för att få plats", "messages were dropped to make room",
	 "ring leverantören", "call the supplier"},
	{"disk-low", "utrymmet är snart slut", "space is running out",
	 "se utrymmet: df -h /var/lib/vaka", "look at the space: df -h /var/lib/vaka"},
	{"unsigned", "osignerade vårdplaner är tillåtna; det hör bara hemma i prov",
	 "unsigned care plans are allowed; that belongs in tests only",
	 "starta vakad utan --allow-unsigned", "start vakad without --allow-unsigned"},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word alert_states[] = {
	{"raised", "höjt", "raised", NULL, NULL},
	{"received", "mottaget", "received", NULL, NULL},
	{"accepted", "någon har tagit det", "somebody has it", NULL, NULL},
	{"closed", "stängt", "closed", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word priorities[] = {
	{"high", "hög", "high", NULL, NULL},
	{"medium", "medel", "medium", NULL, NULL},
	{"low", "låg", "low", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word check_states[] = {
	{"planned", "planerad", "planned", NULL, NULL},
	{"due", "ska göras nu", "due", NULL, NULL},
	{"claimed", "någon tar den", "claimed", NULL, NULL},
	{"viewing", "någon tittar", "being viewed", NULL, NULL},
	{"recheck-wait", "väntar på en ny titt", "waiting for a second look", NULL, NULL},
	{"visit-required", "besök behövs", "a visit is required", NULL, NULL},
	{"visit-accepted", "någon åker dit", "somebody is on the way", NULL, NULL},
	{"arrived", "någon är där", "somebody is there", NULL, NULL},
	{"done", "gjord", "done", NULL, NULL},
	{"skipped", "överhoppad", "skipped", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word outcomes[] = {
	{"ok", "i säng, bra", "in bed, fine", NULL, NULL},
	{"not-in-bed", "inte i säng", "not in bed", NULL, NULL},
	{"unsure", "osäkert", "unsure", NULL, NULL},
	{"concern", "något är fel", "concern", NULL, NULL},
	{"technical", "ingen bild", "no picture", NULL, NULL},
	{"healed", "läkte av sig självt", "healed by itself", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word reasons[] = {
	{"threshold", "utanför gränsen", "beyond the limit", NULL, NULL},
	{"threshold-confirmed", "utanför gränsen två gånger", "beyond the limit twice", NULL, NULL},
	{"threshold-unconfirmed", "utanför gränsen, obekräftad", "beyond the limit, unconfirmed", NULL, NULL},
	{"threshold-late", "utanför gränsen, försenad", "beyond the limit, late", NULL, NULL},
	{"change", "förändring", "change", NULL, NULL},
	{"change-unconfirmed", "förändring, obekräftad", "change, unconfirmed", NULL, NULL},
	{"change-late", "förändring, försenad", "change, late", NULL, NULL},
	{"reading-retracted", "en mätning är återtagen", "a reading was taken back", NULL, NULL},
	{"escalated", "ingen tog det i tid", "nobody took it in time", NULL, NULL},
	{"cleared", "över nu", "over now", NULL, NULL},
	{"received", "mottaget", "received", NULL, NULL},
	{"accepted", "taget", "accepted", NULL, NULL},
	{"healed", "läkt", "healed", NULL, NULL},
	{"implausible", "värdet är orimligt", "the value cannot be", NULL, NULL},
	{"questionable", "mätningen är tveksam", "the reading is doubtful", NULL, NULL},
	{"bed-exit", "har lämnat sängen", "has left the bed", NULL, NULL},
	{"scheduled", "enligt planen", "as planned", NULL, NULL},
	{"threshold-repeated", "utanför gränsen flera gånger", "beyond the limit repeatedly", NULL, NULL},
	{"change-confirmed", "förändring, bekräftad", "change, confirmed", NULL, NULL},
	{"baseline", "avviker från det vanliga", "differs from the usual", NULL, NULL},
	{"baseline-late", "avviker från det vanliga, försenad", "differs from the usual, late", NULL, NULL},
	{"baseline-unconfirmed", "avviker från det vanliga, obekräftad", "differs from the usual, unconfirmed", NULL, NULL},
	{"average", "medelvärdet är över målet", "the average is beyond the target", NULL, NULL},
	{"status", "enheten meddelar", "the device reports", NULL, NULL},
	{"status-late", "enheten meddelar, försenat", "the device reports, late", NULL, NULL},
	{"missing", "ingen mätning kom", "no reading came", NULL, NULL},
	{"not-measured", "ingen mätning kom", "no reading came", NULL, NULL},
	{"not-heard", "enheten har inte hörts", "the device was not heard", NULL, NULL},
	{"insufficient-data", "för få mätningar för att bedöma", "too few readings to judge", NULL, NULL},
	{"news2-partial", "delar av NEWS2, minst så högt", "parts of NEWS2, at least so high", NULL, NULL},
	{"news2-single", "ett värde ger 3 poäng i NEWS2", "one value gives 3 points of NEWS2", NULL, NULL},
	{"input-active", "signalen är på", "the signal is on", NULL, NULL},
	{"input-lasted", "signalen har varat för länge", "the signal has lasted too long", NULL, NULL},
	{"check-missed", "tillsyn uteblev", "a check was missed", NULL, NULL},
	{"still-due", "fortfarande inte gjord", "still not done", NULL, NULL},
	{"due", "ska göras", "due", NULL, NULL},
	{"outcome-wanted", "utfall saknas", "an outcome is wanted", NULL, NULL},
	{"consent-withdrawn", "samtycket är återtaget", "the consent was withdrawn", NULL, NULL},
	{"visit-overdue", "besöket dröjer", "the visit is overdue", NULL, NULL},
	{"visit-unaccepted", "ingen har tagit besöket", "nobody has taken the visit", NULL, NULL},
	{"visit-unfinished", "besöket är inte avslutat", "the visit is not finished", NULL, NULL},
	{"reading-reassigned", "mätningen var en annans", "the reading was somebody else's", NULL, NULL},
	{"corrected", "rättad", "corrected", NULL, NULL},
	{"snoozed", "vilar", "snoozed", NULL, NULL},
	{"snooze-ended", "vilar inte längre", "no longer snoozed", NULL, NULL},
	{"no-receipt", "vården har inte kvitterat", "the care service has not acknowledged", NULL, NULL},
	{"no-retest", "ingen ny mätning kom", "no second reading came", NULL, NULL},
	{"no-second-reading", "ingen andra mätning kom", "no second reading came", NULL, NULL},
	{"technical-storm", "många tekniska fel på en gång", "many technical faults at once", NULL, NULL},
	{"no-plan", "ingen vårdplan", "no care plan", NULL, NULL},
	{"confirm-rest", "vila och mät igen", "rest and measure again", NULL, NULL},
	{"measure-again", "mät igen", "measure again", NULL, NULL},
	{"retest", "ny mätning efter åtgärd", "measure again afterwards", NULL, NULL},
	{"too-early", "för tidigt för en andra mätning", "too early for a second reading", NULL, NULL},
	{"measured", "uppmätt", "measured", NULL, NULL},
	{"rejected", "avböjt, nästa i kedjan", "rejected, the next in the list", NULL, NULL},
	{"not-closed", "taget men inte avslutat", "accepted and not closed", NULL, NULL},
	{"work-list", "på arbetslistan", "on the work list", NULL, NULL},
	{"new-plan", "ny vårdplan", "new care plan", NULL, NULL},
	{"plan-expired", "vårdplanen har löpt ut", "the care plan has expired", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word whose[] = {
	{"", "ej bedömd", "not looked at", NULL, NULL},
	{"assigned", "tilldelad", "assigned", NULL, NULL},
	{"said", "tilldelad av personal", "assigned by staff", NULL, NULL},
	{"jump", "långt från förra värdet: var det patienten?", "far from the last value: was it the patient?", NULL, NULL},
	{"unassigned", "enheten är ingens", "the device is nobody's", NULL, NULL},
	{"unknown-user", "användarnumret är ingens", "the user number is nobody's", NULL, NULL},
	{"outside-band", "utanför det väntade: någon annans?", "outside what is expected: somebody else's?", NULL, NULL},
	{"ambiguous", "kan vara fleras", "may be of more than one", NULL, NULL},
	{"conflict", "uppgifterna säger emot varandra", "the evidence does not agree", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word notices[] = {
	{"message", "meddelande", "message", NULL, NULL},
	{"ask", "fråga", "question", NULL, NULL},
	{"task", "att göra", "task", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word errors[] = {
	{"not-found", "Hubben hittar den inte inom tiden.", "The hub does not find it in time.",
	 "sätt enheten i parkopplingsläge, högst en meter bort, och försök igen",
	 "put the device in pairing mode, at most a metre away, and try again"},
	{"no-device", "Det finns ingen sådan enhet.", "There is no such device.", "vakactl devices", "vakactl devices"},
	{"no-reading", "Det finns ingen sådan mätning.", "There is no such reading.",
	 "vakactl readings --patient unassigned", "vakactl readings --patient unassigned"},
	{"no-patient", "Det finns ingen sådan patient i hub.yaml.", "There is no such patient in hub.yaml.",
	 "vakactl status visar dem", "vakactl status shows them"},
	{"no-pairing", "Ingen parkoppling pågår.", "No pairing goes on.", "vakactl pair", "vakactl pair"},
	{"too-many", "Enheten har så många användare som går att skilja åt.", "The device has as many users as can be told apart.",
	 "ta bort en: vakactl assign ENHET unassigned --user NR", "remove one: vakactl assign DEVICE unassigned --user NO"},
	{"invalid", "Något i kommandot kan inte vara så.", "Something in the command cannot be.", NULL, NULL},
	{"passkey-wrong", "Enheten godtog inte siffrorna.", "The device did not accept the digits.",
	 "starta om enhetens parkoppling och skriv de nya sex siffrorna", "start the device's pairing again and type the new six digits"},
	{"refused", "Enheten bröt parkopplingen.", "The device broke off the pairing.",
	 "ta bort den ur telefoner i närheten, sätt den i parkopplingsläge igen och försök på nytt",
	 "remove it from phones close by, put it in pairing mode again and try anew"},
	{"timeout", "Enheten blev inte klar i tid.", "The device did not finish in time.",
	 "flytta den närmare, byt batteri om det är gammalt, och försök igen",
	 "bring it closer, change its battery if it is old, and try again"},
	{"busy", "En annan parkoppling eller sökning pågår.", "Another pairing or search goes on.",
	 "vänta en minut och försök igen", "wait a minute and try again"},
	{"radio", "Bluetooth är inte igång.", "Bluetooth is not running.", "vakactl status", "vakactl status"},
	{"failed", "Det gick inte.", "It did not work.", "vakactl selftest", "vakactl selftest"},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word pairings[] = {
	{"searching", "Söker efter enheten …", "Searching for the device …", NULL, NULL},
	{"found", "Hittad.", "Found.", NULL, NULL},
	{"connecting", "Ansluter …", "Connecting …", NULL, NULL},
	{"passkey-wanted", "Enheten visar en kod.", "The device shows a code.", NULL, NULL},
	{"bonding", "Parkopplar …", "Pairing …", NULL, NULL},
	{"discovering", "Tar reda på vad den kan …", "Finding out what it can do …", NULL, NULL},
	{"test-reading", "Redo för mätning.", "Ready to measure.", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word tests[] = {
	{"store", "Lagringen", "The store",
	 "se utrymmet: df -h /var/lib/vaka", "look at the space: df -h /var/lib/vaka"},
	{"relay", "Vägen till personalen", "The way to the staff",
	 "kontrollera nätet och mottagaren: systemctl status vaka-mqtt", "check the network and the receiver: systemctl status vaka-mqtt"},
	{"radio", "Bluetooth-radion", "The Bluetooth radio",
	 "dra ur och sätt i radion, sedan: vakactl status", "unplug and plug the radio, then: vakactl status"},
	{"clock", "Klockan", "The clock", "kontrollera nätet: timedatectl", "check the network: timedatectl"},
	{"disk", "Utrymmet", "The free space", "se utrymmet: df -h /var/lib/vaka", "look at the space: df -h /var/lib/vaka"},
	{"plugins", "Programmen", "The programs", "vakactl status", "vakactl status"},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct vk_word units[] = {
	{"mm[Hg]", "mmHg", "mmHg", NULL, NULL}, {"kPa", "kPa", "kPa", NULL, NULL},
	{"/min", "/min", "/min", NULL, NULL}, {"mg/dL", "mg/dL", "mg/dL", NULL, NULL},
	{"mmol/L", "mmol/L", "mmol/L", NULL, NULL}, {"%", "%", "%", NULL, NULL},
	{"kg", "kg", "kg", NULL, NULL}, {"[lb_av]", "lb", "lb", NULL, NULL},
	{"kg/m2", "kg/m²", "kg/m²", NULL, NULL}, {"m", "m", "m", NULL, NULL},
	{"[in_i]", "tum", "in", NULL, NULL}, {"Cel", "°C", "°C", NULL, NULL},
	{"[degF]", "°F", "°F", NULL, NULL}, {"kJ", "kJ", "kJ", NULL, NULL},
	{"Ohm", "Ω", "Ω", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};
/* clang-format on */

static const struct vk_word *const lists[VK_N_WORDS] = {
	[VK_WORDS_KIND] = kinds,
	[VK_WORDS_DEVICE_STATE] = device_states,
	[VK_WORDS_RADIO] = radios,
	[VK_WORDS_CLOCK] = clocks,
	[VK_WORDS_PLUGIN] = plugins,
	[VK_WORDS_FAULT] = faults,
	[VK_WORDS_ALERT_STATE] = alert_states,
	[VK_WORDS_PRIORITY] = priorities,
	[VK_WORDS_CHECK_STATE] = check_states,
	[VK_WORDS_OUTCOME] = outcomes,
	[VK_WORDS_REASON] = reasons,
	[VK_WORDS_WHOSE] = whose,
	[VK_WORDS_NOTICE] = notices,
	[VK_WORDS_ERROR] = errors,
	[VK_WORDS_PAIRING] = pairings,
	[VK_WORDS_TEST] = tests,
	[VK_WORDS_UNIT] = units,
};

#define VK_SAY_TEXTS(name, sv, en) [VK_SAY_##name] = {sv, en},
static const char *const says[VK_N_SAY][2] = {VK_MESSAGES(VK_SAY_TEXTS)};

enum vk_lang vk_lang_of(const char *text)
{
	return text && strncmp(text, "en", 2) == 0 ? VK_EN : VK_SV;
}

enum vk_lang vk_lang_here(void)
{
	static const char *const names[] = {"VAKA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < VK_ARRAY_LEN(names); i++) {
		const char *text = getenv(names[i]);

		if (text && text[0])
			return vk_lang_of(text);
	}
	return VK_SV;
}

const char *vk_say(enum vk_say what, enum vk_lang lang)
{
	return says[what][lang];
}

const struct vk_word *vk_words_of(enum vk_words group)
{
	return lists[group];
}

/* "reading-unreadable-00AA01010000" is a "reading-unreadable" of one device. */
static const struct vk_word *find(enum vk_words group, const char *code)
{
	const struct vk_word *longest = NULL;

	for (const struct vk_word *w = lists[group]; w->code; w++) {
		size_t len = strlen(w->code);

		if (strcmp(w->code, code) == 0)
			return w;
		if (len && strncmp(w->code, code, len) == 0 && code[len] == '-' &&
		    (!longest || len > strlen(longest->code)))
			longest = w;
	}
	return group == VK_WORDS_FAULT ? longest : NULL;
}

const char *vk_word(enum vk_words group, const char *code, enum vk_lang lang)
{
	const struct vk_word *w = find(group, code);

	if (!w)
		return code;
	return lang == VK_SV ? w->sv : w->en;
}

const char *vk_word_do(enum vk_words group, const char *code, enum vk_lang lang)
{
	const struct vk_word *w = find(group, code);

	if (!w)
		return NULL;
	return lang == VK_SV ? w->do_sv : w->do_en;
}

void vk_fill(struct vk_str *out, const char *text, const char *first, const char *second,
	     const char *third)
{
	const char *const args[] = {first, second, third};

	while (*text) {
		const char *hole = strchr(text, '{');
		bool is_hole = hole && hole[1] >= '1' && hole[1] <= '3' && hole[2] == '}';
		size_t len = hole ? (size_t)(hole - text) + !is_hole : strlen(text);

		vk_str_add_n(out, text, len);
		text += len;
		if (!is_hole)
			continue;
		if (args[hole[1] - '1'])
			vk_str_add(out, args[hole[1] - '1']);
		text += 3;
	}
}

void vk_say_add(struct vk_str *out, enum vk_lang lang, enum vk_say what, const char *first,
		const char *second, const char *third)
{
	vk_fill(out, vk_say(what, lang), first, second, third);
}
